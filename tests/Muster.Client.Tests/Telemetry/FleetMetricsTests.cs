using System.Diagnostics.Metrics;
using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Picking;
using Muster.Core.Model;

namespace Muster.Client.Tests.Telemetry;

/// <summary>What is measured of a service as a whole: its outliers (gRFC A91), its weights (A78), its calls in flight.</summary>
public sealed class FleetMetricsTests : IDisposable
{
    private const string Target = "grpc.target=calculator";
    private const string Service = "muster.service=calculator muster.namespace=default";
    private const string Method = $"{Target} grpc.lb.outlier_detection.detection_method=";
    private const string Overflow = " grpc.lb.outlier_detection.unenforced_reason=max_ejection_overflow";

    // Only the sweep ejects.
    private static readonly EjectionOptions s_sweepOnly = new() { ConsecutiveFailures = null };

    private readonly Recorded _recorded = new();

    [Fact]
    public void Ejections_Instruments_AreThoseOfGrpc()
    {
        using var rig = Rig(s_sweepOnly);

        Assert.Equal("{ejection}", Assert.IsType<Counter<long>>(_recorded.Instrument("grpc.lb.outlier_detection.ejections_enforced")).Unit);
        Assert.Equal("{ejection}", Assert.IsType<Counter<long>>(_recorded.Instrument("grpc.lb.outlier_detection.ejections_unenforced")).Unit);
    }

    [Fact]
    public void Ejections_MoreFailThanMayBeSetAside_TellsThemApart()
    {
        using var rig = Rig(s_sweepOnly);
        Sweep(rig, id => id is "c" or "f" or "g" ? 0 : 100);

        // A tenth of ten.
        Assert.Equal([(1, $"{Method}failure_percentage")], _recorded.Of(InstrumentNames.EjectionsEnforced));
        Assert.Equal(
            [(1, $"{Method}failure_percentage{Overflow}"), (1, $"{Method}failure_percentage{Overflow}")],
            _recorded.Of(InstrumentNames.EjectionsUnenforced));
    }

    [Fact]
    public void Ejections_FarBelowTheOthers_IsFoundByItsSuccessRate()
    {
        using var rig = Rig(s_sweepOnly);
        Sweep(rig, id => id == "c" ? 50 : 100);

        Assert.Equal([(1, $"{Method}success_rate")], _recorded.Of(InstrumentNames.EjectionsEnforced));
        Assert.Empty(_recorded.Of(InstrumentNames.EjectionsUnenforced));
    }

    [Fact]
    public void Ejections_FarSlowerThanTheOthers_IsFoundByItsLatency()
    {
        using var rig = Rig(s_sweepOnly);
        Sweep(rig, _ => 100, id => TimeSpan.FromMilliseconds(id == "c" ? 100 : 1));

        Assert.Equal([(1, $"{Method}latency")], _recorded.Of(InstrumentNames.EjectionsEnforced));
    }

    // Nothing was kept from being ejected by the limit: it had been already.
    [Fact]
    public void Ejections_OutlierIsSetAsideAlready_IsNeither()
    {
        using var rig = Rig(new EjectionOptions());
        Sweep(rig, id => id == "c" ? 0 : 100);

        Assert.Equal(BreakerReason.ConsecutiveFailures, rig.Member("c").Breaker.Reason);
        Assert.Empty(_recorded.Of(InstrumentNames.EjectionsEnforced));
        Assert.Empty(_recorded.Of(InstrumentNames.EjectionsUnenforced));
    }

    [Fact]
    public void Wrr_ReportsAgeOut_CountsThemAsStale()
    {
        using var rig = Rig(s_sweepOnly, instances: 2);
        var balancer = rig.Balancer(PolicyNames.WeightedRoundRobin);
        foreach (var member in rig.Fleet.Roster.Members)
        {
            member.Statistics.OnReport(new LoadReport { Rps = 100, CpuUtilization = 0.5 }, rig.Now);
        }

        rig.Call(balancer, 1);
        rig.Clock.Advance(UtilizationWeight.ExpirationPeriod - TimeSpan.FromTicks(1));
        rig.Member("b").Statistics.OnReport(new LoadReport { Rps = 100, CpuUtilization = 0.5 }, rig.Now);
        rig.Call(balancer, 1);
        rig.Clock.Advance(WeightedRoundRobinPolicy.UpdatePeriod);
        rig.Call(balancer, 1);

        Assert.Equal([(0, Target), (0, Target), (1, Target)], _recorded.Of(InstrumentNames.WrrStale));
        Assert.Equal([(2, Target), (0, Target), (0, Target)], _recorded.Of(InstrumentNames.WrrNotYetUsable));
    }

    [Fact]
    public void Doubted_ReportsCannotBeTrue_IsOneWhileTheyAreNotUsed()
    {
        using var rig = Rig(s_sweepOnly, instances: 2);
        _ = rig.Balancer(PolicyNames.Adaptive);
        for (var window = 0; window <= ReportTrust.WindowsMax; window++)
        {
            Assert.Equal([(0, Service)], _recorded.Observe(InstrumentNames.SignalDoubted));
            rig.Fleet.ReportTrust.OnContradicted(rig.Now, reports: 0);
            rig.Fleet.ReportTrust.OnContradicted(rig.Now, reports: 0);
            rig.Clock.Advance(ReportTrust.Window);
        }

        Assert.Equal([(1, Service)], _recorded.Observe(InstrumentNames.SignalDoubted));
        rig.Clock.Advance(ReportTrust.DoubtMin);
        Assert.Equal([(0, Service)], _recorded.Observe(InstrumentNames.SignalDoubted));
    }

    // Before the registry's first answer, and where it lists nobody.
    [Fact]
    public void Panic_NobodyIsThere_IsNone()
    {
        using var rig = new FleetRig(new MusterClientOptions { MeterFactory = _recorded });
        _ = rig.Balancer(PolicyNames.Adaptive);
        Assert.Equal([(0, Service)], _recorded.Observe(InstrumentNames.Panic));
        rig.Show();
        Assert.Equal([(0, Service)], _recorded.Observe(InstrumentNames.Panic));
    }

    // It sends no calls anywhere.
    [Fact]
    public void Panic_OfAShadow_IsNone()
    {
        using var rig = Rig(new EjectionOptions(), instances: 2);
        _ = rig.Fleet.GetBalancer(FleetRig.Key(PolicyNames.Adaptive) with { IsShadow = true });
        rig.Fail("a");
        rig.Fail("b");
        Assert.Equal([(0, Service)], _recorded.Observe(InstrumentNames.Panic));
        _ = rig.Balancer(PolicyNames.Adaptive);
        Assert.Equal([(1, Service)], _recorded.Observe(InstrumentNames.Panic));
    }

    [Fact]
    public void InFlight_Asked_IsWhatHasNotEndedYet()
    {
        using var rig = Rig(s_sweepOnly, instances: 2);
        var balancer = rig.Balancer(PolicyNames.RoundRobin);
        FleetRig.Send(balancer);
        FleetRig.Send(balancer);
        var third = FleetRig.Send(balancer);

        Assert.Equal([(3, Service)], _recorded.Observe(InstrumentNames.InFlight));
        rig.End(third);
        Assert.Equal([(2, Service)], _recorded.Observe(InstrumentNames.InFlight));
    }

    public void Dispose() => _recorded.Dispose();

    private FleetRig Rig(EjectionOptions ejection, int instances = 10)
    {
        var rig = new FleetRig(new MusterClientOptions { Ejection = ejection, MeterFactory = _recorded });
        rig.Show(instances);
        return rig;
    }

    // A thousand calls to each, of which so many in a hundred go well, and the look at them.
    private static void Sweep(FleetRig rig, Func<string, int> percentGood, Func<string, TimeSpan>? latency = null)
    {
        var balancer = rig.Balancer();
        foreach (var member in rig.Fleet.Roster.Members)
        {
            for (var i = 0; i < 1000; i++)
            {
                Assert.True(member.TryBegin());
                var result = i * 7 % 100 < percentGood(member.Id) ? AttemptResult.Success : AttemptResult.Failure;
                rig.End(member, result, latency?.Invoke(member.Id));
            }
        }

        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        FleetRig.Send(balancer);
    }
}
