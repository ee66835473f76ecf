using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Tests.Http;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Client.Tests.Picking;

/// <summary>Every policy says by which figures it picked, what the others have, and how old that is.</summary>
public sealed class PickReasonTests
{
    private const string Number = @"\d+(\.\d+)?";
    private const string Range = $"all have {Number} to {Number}";
    private const ulong Key = 42;

    private static readonly Dictionary<string, string> s_reasons = new(StringComparer.Ordinal)
    {
        [PolicyNames.Adaptive] =
            $"cost {Number}: 0 in flight from here, {Number} from others, slowness {Number}, {Number} times the mean weight, report 120 ms old; {Range}",
        [PolicyNames.PickFirst] = @"the same for all calls until it is set aside or leaves, number 1 in this process's order; nothing is measured",
        [PolicyNames.Random] = "at random, all alike; nothing is measured",
        [PolicyNames.WeightedRandom] = $@"at random by weight \d+ of 78 \({Number} %\); all have 1 to 12, the registry's",
        [PolicyNames.RoundRobin] = "its turn, all alike; nothing is measured",
        [PolicyNames.WeightedRoundRobin] = $"its turn by weight {Number} from its reports; {Range}, report 120 ms old",
        [PolicyNames.LeastRequest] = "0 in flight from here, the fewer of two random ones; all have 0 to 0, counted now",
        [PolicyNames.LeastCpu] = $@"score 0.05 \(5 % CPU and 0 own sends since\), the lowest; all have 0.05 to 0.6, report 120 ms old",
        [PolicyNames.PeakEwma] =
            $"cost {Number}: {Number} ms, 0 in flight from here, the lower of two random ones; {Range}, last timed 120 ms ago",
        [PolicyNames.RingHash] = @"the first for what the call belongs to: 0 in flight from here of at most \d+; all have 0 to 0, counted now",
        [PolicyNames.Rendezvous] = @"the first for what the call belongs to: 0 in flight from here of at most \d+; all have 0 to 0, counted now",
        [PolicyNames.Prequal] =
            $@"\d+ probes in the pool, \d+ of them hot with more than {Number} in flight: {Number} ms, {Number} in flight, answer 120 ms old",
    };

    public static TheoryData<string> Policies => [.. PolicyNames.All];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Explain_Any_NamesItsFigureTheOthersAndTheAge(string policy)
    {
        using var rig = Reporting(out var balancer, policy);

        var member = FleetRig.Send(balancer, Key);

        var reason = balancer.Explain(member, Key, rig.Now);
        Assert.Equal((policy, 12), (reason.Policy, reason.Candidates));
        Assert.Matches(new Regex($"^{s_reasons[policy]}$", RegexOptions.CultureInvariant), reason.Signals);
    }

    // Who switches the log on to find out what happens must not change what happens.
    [Theory]
    [MemberData(nameof(Policies))]
    public void Explain_Any_ChangesNoPick(string policy)
    {
        using var quiet = Reporting(out var one, policy);
        using var explained = Reporting(out var other, policy);
        for (var i = 0; i < 100; i++)
        {
            var picked = FleetRig.Send(other, (ulong)i);
            _ = other.Explain(picked, (ulong)i, explained.Now);
            Assert.Equal(FleetRig.Send(one, (ulong)i).Id, picked.Id);
        }

        Assert.Equal(quiet.Fleet.Random.Next(), explained.Fleet.Random.Next());
    }

    // Its figure is the one that it was picked by: without the call that the pick itself has counted.
    [Theory]
    [InlineData(PolicyNames.LeastRequest, "2 in flight from here")]
    [InlineData(PolicyNames.PeakEwma, "cost 15: 5 ms, 2 in flight from here")]
    [InlineData(PolicyNames.Adaptive, "cost 3: 2 in flight from here, 0 from others, slowness 1, report 0 ms old; all have 3 to 3")]
    [InlineData(PolicyNames.LeastCpu, "score 0.5 (30 % CPU and 2 own sends since)")]
    [InlineData(PolicyNames.RingHash, "the first for what the call belongs to: 2 in flight from here of at most 4")]
    public void Explain_CallsInFlight_LeavesOutTheCallThatItExplains(string policy, string expected)
    {
        using var rig = new FleetRig();
        rig.Show(1);
        var balancer = rig.Balancer(policy);
        rig.End(FleetRig.Send(balancer, Key), latency: TimeSpan.FromMilliseconds(5));
        rig.Member("a").Statistics.OnReport(new LoadReport { CpuUtilization = 0.3 }, rig.Now);
        FleetRig.Send(balancer, Key);
        FleetRig.Send(balancer, Key);

        var member = FleetRig.Send(balancer, Key);

        Assert.StartsWith(expected, balancer.Explain(member, Key, rig.Now).Signals, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PolicyNames.RingHash)]
    [InlineData(PolicyNames.Rendezvous)]
    public void Explain_FirstIsFull_SaysThatTheCallWasPassedOn(string policy)
    {
        using var rig = new FleetRig();
        rig.Show(4);
        var balancer = rig.Balancer(policy);
        var first = FleetRig.Send(balancer, Key);
        var member = first;
        while (member == first)
        {
            member = FleetRig.Send(balancer, Key);
        }

        Assert.StartsWith(
            "passed on by 1 that come before it and were full: 0 in flight from here", balancer.Explain(member, Key, rig.Now).Signals,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "belongs to nothing, so anybody's: 0 in flight", balancer.Explain(member, null, rig.Now).Signals, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PolicyNames.Adaptive, "slowness 1, 0.67 times the mean weight, no report; all have")]
    [InlineData(PolicyNames.WeightedRoundRobin, "its turn, fewer than two have a usable one, so by the weight 1 in the registry; all have 1 to 2, no report")]
    [InlineData(PolicyNames.LeastCpu, "no usable CPU (no report), as with all: 0 in flight from here, the fewest")]
    [InlineData(PolicyNames.PeakEwma, "never timed, so taken to be as fast as the other: 0 in flight from here")]
    [InlineData(PolicyNames.Prequal, "0 in flight from here, the fewer of two")]
    public void Explain_NothingIsKnown_SaysSo(string policy, string expected)
    {
        using var rig = new FleetRig();
        rig.Show(Instances.At(1, "a"), Instances.At(2, "b", weight: 2));
        var balancer = rig.Balancer(policy);
        var member = rig.Member("a");
        Assert.True(member.TryBegin());

        Assert.Contains(expected, balancer.Explain(member, null, rig.Now).Signals, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_CpuIsTooOld_SaysThatItWasTakenForAnAverageOne()
    {
        using var rig = new FleetRig();
        rig.Show(2);
        var balancer = rig.Balancer(PolicyNames.LeastCpu);
        rig.Member("a").Statistics.OnReport(new LoadReport { CpuUtilization = 0.3 }, rig.Now);
        rig.Clock.Advance(TimeSpan.FromSeconds(12));
        rig.Member("b").Statistics.OnReport(new LoadReport { CpuUtilization = 0.7 }, rig.Now);
        Assert.True(rig.Member("a").TryBegin());

        Assert.Equal(
            "no usable CPU (report 12000 ms old), so taken for an average one; all have 0.7 to 0.7",
            balancer.Explain(rig.Member("a"), null, rig.Now).Signals);
    }

    [Fact]
    public void Explain_ManyCandidates_SaysThatNotAllWereLookedAt()
    {
        using var rig = new FleetRig();
        rig.Show(40);
        var (cpu, adaptive) = (rig.Balancer(PolicyNames.LeastCpu), rig.Balancer(PolicyNames.Adaptive));
        foreach (var member in rig.Fleet.Roster.Members)
        {
            member.Statistics.OnReport(new LoadReport { CpuUtilization = 0.3 }, rig.Now);
        }

        Assert.Contains("the likelier of two random ones", cpu.Explain(FleetRig.Send(cpu), null, rig.Now).Signals, StringComparison.Ordinal);
        Assert.Contains(
            "of whom the last to report or two random ones were looked at", adaptive.Explain(FleetRig.Send(adaptive), null, rig.Now).Signals, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_Trial_SaysThatItsCircuitIsOpen()
    {
        using var rig = new FleetRig();
        rig.Show(4);
        var balancer = rig.Balancer(PolicyNames.RoundRobin);
        rig.Fail("b");
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Member member;
        do
        {
            member = FleetRig.Send(balancer);
        }
        while (member.Id != "b");

        Assert.Equal("round_robin of 3: a trial, its circuit is open", $"{balancer.Explain(member, null, rig.Now)}");
    }

    // Twelve that have reported twice, the second time 120 ms ago, and have answered a call then.
    private static FleetRig Reporting(out Balancer balancer, string policy)
    {
        var rig = new FleetRig();
        rig.Show([.. Enumerable.Range(0, 12).Select(i => Instances.At(1 + i, FleetRig.Id(i), weight: 1 + i))]);
        balancer = rig.Balancer(policy);
        Report(rig);
        rig.Call(balancer, 1);
        rig.Clock.Advance(TimeSpan.FromSeconds(11));
        Probe(rig, balancer);
        rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var member in rig.Fleet.Roster.Members)
        {
            Assert.True(member.TryBegin());
            rig.End(member, latency: TimeSpan.FromMilliseconds(5 + member.Candidate.Weight));
        }

        Report(rig);
        rig.Clock.Advance(TimeSpan.FromMilliseconds(120));
        return rig;
    }

    private static void Probe(FleetRig rig, Balancer balancer)
    {
        for (var i = 0; i < 10; i++)
        {
            _ = balancer.ChooseProbes(rig.Now, new Target[IProbingPicker.ProbesPerCallMax]);
        }
    }

    private static void Report(FleetRig rig)
    {
        foreach (var member in rig.Fleet.Roster.Members)
        {
            var weight = member.Candidate.Weight;
            var named = ImmutableSortedDictionary.CreateRange(
                [KeyValuePair.Create(OrcaMapping.RequestsInFlight, (double)weight), KeyValuePair.Create(OrcaMapping.LatencyMilliseconds, 10.0 + weight)]);
            member.Statistics.OnReport(new LoadReport { CpuUtilization = 0.05 * weight, Rps = 100 * weight, Named = named }, rig.Now);
        }
    }
}
