using Muster.Core.Checks;
using Muster.Core.Model;

namespace Muster.Core.Tests.Checks;

public class CheckTableTests
{
    private static readonly ProbeResult s_good = new(true, "connected");
    private static readonly ProbeResult s_bad = new(false, "refused");
    private readonly List<CheckOutput> _outputs = [];
    private CheckTable _table = new(new Random(7));
    private TimeSpan _now;

    [Theory]
    [InlineData(true, Health.Healthy)]
    [InlineData(false, Health.Unhealthy)]
    public void Complete_FirstResult_DecidesAtOnce(bool isSuccess, Health expected)
    {
        Put(Target());
        Assert.Equal(Health.Unknown, Signs().Health);

        Complete(NextProbe(), isSuccess ? s_good : s_bad);

        var changed = Assert.IsType<CheckOutput.HealthChanged>(Assert.Single(_outputs));
        Assert.Equal((Health.Unknown, expected), (changed.Before, changed.Signs.Health));
        Assert.Equal(expected, Signs().Health);
    }

    [Fact]
    public void Complete_FallFailuresInARow_TurnUnhealthyAndNotBefore()
    {
        Put(Target(rise: 2, fall: 3));

        Assert.Equal(
            [Health.Healthy, Health.Healthy, Health.Healthy, Health.Healthy, Health.Healthy, Health.Unhealthy],
            [Probe(s_good), Probe(s_bad), Probe(s_bad), Probe(s_good), ProbeTwice(s_bad), Probe(s_bad)]);
        Assert.Equal((0, 3), (Signs().Successes, Signs().Failures));
    }

    [Fact]
    public void Complete_RiseSuccessesInARow_TurnHealthyAndNotBefore()
    {
        Put(Target(rise: 2, fall: 3));

        Assert.Equal(
            [Health.Unhealthy, Health.Unhealthy, Health.Unhealthy, Health.Unhealthy, Health.Healthy],
            [Probe(s_bad), Probe(s_good), Probe(s_bad), Probe(s_good), Probe(s_good)]);
    }

    [Fact]
    public void Tick_ProbesAreAnIntervalApart_GiveOrTakeATenth()
    {
        Put(Target());
        var at = new List<TimeSpan>();
        for (var i = 0; i < 200; i++)
        {
            var probe = NextProbe();
            at.Add(_now);
            _now += TimeSpan.FromSeconds(1);
            Complete(probe, s_good);
        }

        var gaps = at.Zip(at.Skip(1), (a, b) => (b - a).TotalSeconds).ToList();
        Assert.All(gaps, gap => Assert.InRange(gap, 9, 11));
        Assert.True(gaps.Max() - gaps.Min() > 1, "the intervals are not jittered");
    }

    [Fact]
    public void Put_TenThousandFoundAtAStart_AreSpreadOverTenSeconds()
    {
        _table = new CheckTable(new Random(7), probesMax: Limits.ChecksMax);
        for (var i = 0; i < Limits.ChecksMax; i++)
        {
            Put(Target($"i{i}"), isNew: false);
        }

        var perSecond = new List<int>();
        for (var second = 1; second <= Limits.CheckSpreadMax.TotalSeconds; second++)
        {
            _outputs.Clear();
            _now = TimeSpan.FromSeconds(second);
            _table.Tick(_now, _outputs);
            perSecond.Add(_outputs.Count);
        }

        Assert.Equal(10_000, perSecond.Sum());
        Assert.InRange(perSecond.Max(), 900, 1150);
    }

    [Fact]
    public void Put_JustRegistered_IsProbedWithinHalfASecond()
    {
        for (var i = 0; i < 50; i++)
        {
            Put(Target($"i{i}"));
        }

        _now = Limits.CheckFirstDelayMax;
        _table.Tick(_now, _outputs);

        Assert.Equal(50, _outputs.Count);
    }

    [Fact]
    public void Tick_OneMoreDueThanMayRun_WaitsForItsTurn()
    {
        for (var i = 0; i <= Limits.CheckProbesMax; i++)
        {
            Put(Target($"i{i}"));
        }

        _now = TimeSpan.FromSeconds(1);
        _table.Tick(_now, _outputs);

        Assert.Equal(Limits.CheckProbesMax, _outputs.Count);
    }

    [Fact]
    public void Tick_AllPlacesTaken_WaitsForOneAndStarvesNobody()
    {
        _table = new CheckTable(new Random(7), probesMax: 2);
        for (var i = 0; i < 6; i++)
        {
            Put(Target($"i{i}"));
        }

        var seen = new HashSet<string>();
        _now = TimeSpan.FromSeconds(1);
        for (var round = 0; round < 3; round++)
        {
            _outputs.Clear();
            _table.Tick(_now, _outputs);
            var running = _outputs.OfType<CheckOutput.Probe>().ToList();
            Assert.Equal((2, 2), (running.Count, _table.Running));
            Assert.Null(_table.NextWake);
            // They hang until their timeout; the next two come then, before these again.
            _now += TimeSpan.FromSeconds(2);
            running.ForEach(p => Complete(p, s_bad));
            seen.UnionWith(running.Select(p => p.Target.Instance.Id));
        }

        Assert.Equal(6, seen.Count);
    }

    [Fact]
    public void Complete_InstanceLeftOrChangedMeanwhile_HasNoEffectButFreesItsPlace()
    {
        Put(Target());
        var left = NextProbe();
        _table.Remove(left.Target.Instance);
        Complete(left, s_bad);
        Assert.Empty(_outputs);

        Put(Target());
        var changed = NextProbe();
        Put(Target() with { Host = "10.0.0.2" });
        Complete(changed, s_bad);

        Assert.Empty(_outputs);
        Assert.Equal((Health.Unknown, 0), (Signs().Health, _table.Running));
    }

    [Fact]
    public void Put_SameTargetAgain_KeepsWhatIsKnown()
    {
        Put(Target());
        Probe(s_good);

        Put(Target());

        Assert.Equal(Health.Healthy, Signs().Health);
    }

    [Fact]
    public void Put_OtherTarget_IsUnknownAgainAndSaysSo()
    {
        Put(Target());
        Probe(s_good);
        _outputs.Clear();

        Put(Target(fall: 5));

        var changed = Assert.IsType<CheckOutput.HealthChanged>(Assert.Single(_outputs));
        Assert.Equal((Health.Healthy, Health.Unknown), (changed.Before, changed.Signs.Health));
    }

    [Fact]
    public void Complete_FailingForAsLongAsItMay_IsOverdueAndNotBefore()
    {
        Put(Target(removeAfter: TimeSpan.FromSeconds(60)));
        var firstFailure = TimeSpan.Zero;
        while (!_outputs.OfType<CheckOutput.Overdue>().Any())
        {
            _outputs.Clear();
            Probe(s_bad);
            firstFailure = firstFailure == TimeSpan.Zero ? _now : firstFailure;
        }

        Assert.InRange((_now - firstFailure).TotalSeconds, 60, 71);
        // Until it is gone, each failure says so again: the store may have refused.
        _outputs.Clear();
        Probe(s_bad);
        Assert.Single(_outputs.OfType<CheckOutput.Overdue>());
    }

    [Fact]
    public void Complete_WithoutRemoveAfter_IsNeverOverdue()
    {
        Put(Target());
        for (var i = 0; i < 1000; i++)
        {
            Probe(s_bad);
        }

        Assert.DoesNotContain(_outputs, o => o is CheckOutput.Overdue);
    }

    [Fact]
    public void Complete_AfterALongStall_TheStallIsNoFailure()
    {
        Put(Target(fall: 1, removeAfter: TimeSpan.FromMinutes(10)));
        Probe(s_good);

        var stalled = NextProbe();
        _now += TimeSpan.FromHours(1);
        _outputs.Clear();
        Complete(stalled, s_bad);
        Assert.Empty(_outputs);
        Assert.Equal(Health.Healthy, Signs().Health);

        Probe(s_bad);
        _now += TimeSpan.FromHours(1);
        Probe(s_bad);
        Assert.Equal(Health.Unhealthy, Signs().Health);
        Assert.True(Signs().FailingFor <= TimeSpan.FromSeconds(20), $"counted {Signs().FailingFor}, most of which nobody watched");
        Assert.DoesNotContain(_outputs, o => o is CheckOutput.Overdue);
    }

    [Fact]
    public void Remove_ManyThatComeAndGo_LeaveNoQueueBehind()
    {
        for (var i = 0; i < 20_000; i++)
        {
            Put(Target($"i{i}"));
            _table.Remove(Target($"i{i}").Instance);
        }

        Assert.Equal(0, _table.Count);
        Assert.InRange(_table.PendingWakes, 0, 1100);
    }

    [Fact]
    public void ProbeResult_LongOrWithControlCharacters_IsMadeFitForATerminal()
    {
        var result = new ProbeResult(false, "\u001b[31m" + new string('x', 500));

        Assert.Equal(Limits.CheckDetailCharsMax, result.Detail.Length);
        Assert.DoesNotContain(result.Detail, char.IsControl);
    }

    private static CheckTarget Target(string id = "a", int rise = 2, int fall = 3, TimeSpan? removeAfter = null) => new(
        new InstanceKey(Records.Service, id), "10.0.0.1", new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http1, 80),
        new ActiveCheck { Kind = CheckKind.Tcp, Rise = rise, Fall = fall, RemoveAfter = removeAfter });

    private void Put(CheckTarget target, bool isNew = true) => _table.Put(target, isNew, _now, _outputs);

    private CheckSigns Signs() => _table.SignsOf(Target().Instance, _now)!;

    private CheckOutput.Probe NextProbe()
    {
        _now = _table.NextWake!.Value > _now ? _table.NextWake.Value : _now;
        var outputs = new List<CheckOutput>();
        _table.Tick(_now, outputs);
        return Assert.IsType<CheckOutput.Probe>(Assert.Single(outputs));
    }

    private void Complete(CheckOutput.Probe probe, ProbeResult result) => _table.Complete(probe, result, _now, _outputs);

    private Health Probe(ProbeResult result)
    {
        Complete(NextProbe(), result);
        return Signs().Health;
    }

    private Health ProbeTwice(ProbeResult result)
    {
        Probe(result);
        return Probe(result);
    }
}
