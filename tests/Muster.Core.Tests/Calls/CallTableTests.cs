using Muster.Core.Calls;
using Muster.Core.Model;

namespace Muster.Core.Tests.Calls;

public sealed class CallTableTests
{
    private static readonly InstanceKey s_a = Key("a");
    private static readonly InstanceKey s_b = Key("b");

    private readonly CallTable _table = new(entriesMax: 4, callerEntriesMax: 2);
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void Report_OfSeveralCallers_IsSummed()
    {
        Report(1, s_a, calls: 10, failures: 1);
        Report(1, s_a, calls: 5);
        Report(2, s_a, calls: 3, failures: 3);

        var totals = Of(s_a);
        Assert.Equal((2, 18ul, 4ul, 18ul, 4ul, 0), (totals.CallersCount, totals.Calls, totals.Failures, totals.RecentCalls, totals.RecentFailures, totals.TrippedCount));
        Assert.Null(_table.Of(s_b, _now));
    }

    [Fact]
    public void Recent_HoldsOneToTwoPeriods()
    {
        Report(1, s_a, calls: 10, failures: 1);
        _now += Limits.CallPeriod;
        Report(1, s_a, calls: 5);
        Assert.Equal((15ul, 1ul), (Of(s_a).RecentCalls, Of(s_a).RecentFailures));

        _now += Limits.CallPeriod;
        Assert.Equal((5ul, 0ul), (Of(s_a).RecentCalls, Of(s_a).RecentFailures));
        _now += Limits.CallPeriod;
        Assert.Equal((0ul, 0ul), (Of(s_a).RecentCalls, Of(s_a).RecentFailures));
        Assert.Equal(15ul, Of(s_a).Calls);
    }

    [Fact]
    public void Recent_AfterAPauseOfManyPeriods_BeginsAnew()
    {
        Report(1, s_a, calls: 10);
        _now += 7.5 * Limits.CallPeriod;
        Report(1, s_a, calls: 2);

        Assert.Equal(2ul, Of(s_a).RecentCalls);
    }

    [Fact]
    public void Breaker_Tripped_IsListedWithCallerReasonAgeAndTrial()
    {
        Report(1, s_a, calls: 5, failures: 5, breaker: BreakerState.Open, reason: "5 failures in a row", trialIn: TimeSpan.FromSeconds(10));
        _now += TimeSpan.FromSeconds(4);
        Report(2, s_a, calls: 1);

        var totals = Of(s_a);
        Assert.Equal(1, totals.TrippedCount);
        Assert.Equal(
            new TrippedBreaker("caller-1", BreakerState.Open, "5 failures in a row", TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(4), 5, 5),
            Assert.Single(totals.Tripped));
        _now += TimeSpan.FromSeconds(7);
        Assert.Equal(TimeSpan.Zero, Of(s_a).Tripped[0].TrialIn);
    }

    [Fact]
    public void Breaker_ThroughItsStates_CountsItsAgeAnewAndLeavesTheListWhenItCloses()
    {
        Report(1, s_a, breaker: BreakerState.Open);
        _now += TimeSpan.FromSeconds(1);
        Report(1, s_a, breaker: BreakerState.HalfOpen);
        Assert.Equal((BreakerState.HalfOpen, TimeSpan.Zero), (Of(s_a).Tripped[0].State, Of(s_a).Tripped[0].For));
        _now += TimeSpan.FromSeconds(1);
        Report(1, s_a, breaker: BreakerState.HalfOpen);
        Assert.Equal(TimeSpan.FromSeconds(1), Of(s_a).Tripped[0].For);

        Report(1, s_a, breaker: BreakerState.Closed, reason: "all is well");

        Assert.Equal((0, 0), (Of(s_a).TrippedCount, Of(s_a).Tripped.Length));
        Assert.Empty(List(onlyTripped: true));
    }

    [Fact]
    public void Leave_Caller_TakesItsFiguresAndItsBreakersAlong()
    {
        Report(1, s_a, calls: 10, failures: 4, breaker: BreakerState.Open);
        Report(2, s_a, calls: 1);
        Report(1, s_b, calls: 1);

        _table.Leave(1);

        Assert.Equal((1ul, 0ul, 1, 0), (Of(s_a).Calls, Of(s_a).Failures, Of(s_a).CallersCount, Of(s_a).TrippedCount));
        Assert.Null(_table.Of(s_b, _now));
        Assert.Equal(1, _table.Count);
        Assert.Empty(List(onlyTripped: true));
        _table.Leave(1);
        _table.Leave(2);
        Assert.Equal(0, _table.Count);
        Assert.Empty(List());
    }

    [Fact]
    public void Leave_OneService_KeepsTheOthers()
    {
        var other = new InstanceKey(ServiceKey.Default("echo"), "a");
        Report(1, s_a, calls: 1);
        Report(1, other, calls: 2);

        _table.Leave(1, ServiceKey.Default("calculator"));

        Assert.Equal([other], List().Select(t => t.Instance));
        Report(1, s_a, calls: 1);
        Assert.Equal(2, _table.Count);
    }

    [Fact]
    public void Remove_Instance_IsForgottenForAllCallers()
    {
        Report(1, s_a, calls: 1, breaker: BreakerState.Open);
        Report(2, s_a, calls: 1);
        Report(1, s_b, calls: 1);

        _table.Remove(s_a);
        _table.Remove(Key("never was"));

        Assert.Equal([s_b], List().Select(t => t.Instance));
        Assert.Equal(1, _table.Count);
        Assert.Empty(List(onlyTripped: true));
        _table.RemoveWhere(i => i == s_b);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Report_CallerAtItsBound_IsRefusedOnlyWithAnotherInstance()
    {
        Report(1, s_a);
        Report(1, s_b);

        Assert.Equal(CallVerdict.CallerIsFull, Try(1, Key("c")));
        Assert.Equal(CallVerdict.Taken, Try(1, s_a));
        Assert.Equal(CallVerdict.Taken, Try(2, Key("c")));
        _table.Remove(s_b);
        Assert.Equal(CallVerdict.Taken, Try(1, Key("c")));
    }

    [Fact]
    public void Report_TableAtItsBound_IsRefusedUntilSomebodyLeaves()
    {
        Report(1, s_a);
        Report(1, s_b);
        Report(2, s_a);
        Report(2, s_b);

        Assert.Equal(CallVerdict.TableIsFull, Try(3, s_a));
        Assert.Equal(CallVerdict.Taken, Try(2, s_a));
        Assert.Equal((4, 2), (_table.Count, Of(s_a).CallersCount));
        _table.Leave(1);
        Assert.Equal(CallVerdict.Taken, Try(3, s_a));
    }

    [Fact]
    public void Report_AtTheBoundsOfTheProduct_HoldsAllAndRefusesOneMore()
    {
        var table = new CallTable();
        var instances = Enumerable.Range(0, Limits.CallEntriesPerWatchMax).Select(i => Key($"i{i}")).ToList();
        var before = GC.GetTotalMemory(true);
        for (var caller = 0; caller < Limits.CallEntriesMax / Limits.CallEntriesPerWatchMax; caller++)
        {
            foreach (var instance in instances)
            {
                table.Report(caller, "caller", instance, new CallReport(1, 0, BreakerState.Closed, "", default), _now);
            }
        }

        Assert.Equal(Limits.CallEntriesMax, table.Count);
        var bytes = (GC.GetTotalMemory(true) - before) / table.Count;
        Assert.True(bytes < 300, $"{bytes} bytes an entry");
        Assert.Equal(CallVerdict.CallerIsFull, table.Report(0, "caller", Key("more"), default(CallReport) with { Reason = "" }, _now));
        Assert.Equal(CallVerdict.TableIsFull, table.Report(-1, "more", s_a, default(CallReport) with { Reason = "" }, _now));
    }

    [Fact]
    public void List_ManyInstances_PutsTheWorstFirstAndSaysHowManyThereAre()
    {
        Report(1, s_b, breaker: BreakerState.Open);
        Report(2, s_b, breaker: BreakerState.HalfOpen);
        Report(1, s_a, breaker: BreakerState.Open);
        Report(2, Key("0"));

        Assert.Equal(["b", "a", "0"], List().Select(t => t.Instance.Id));
        Assert.Equal(["b"], _table.List(_ => true, onlyTripped: true, 1, _now, out var count).Select(t => t.Instance.Id));
        Assert.Equal(2, count);
        Assert.Empty(_table.List(s => s.Name == "echo", onlyTripped: false, 9, _now, out count));
        Assert.Equal(0, count);
    }

    [Fact]
    public void Total_MoreTrippedCallersThanAreNamed_CountsThem()
    {
        var table = new CallTable();
        for (var caller = 0; caller <= Limits.CallersNamedMax; caller++)
        {
            table.Report(caller, $"caller-{caller:000}", s_a, new CallReport(0, 0, BreakerState.Open, "", default), _now);
        }

        var totals = table.Of(s_a, _now)!;

        Assert.Equal((Limits.CallersNamedMax + 1, Limits.CallersNamedMax), (totals.TrippedCount, totals.Tripped.Length));
        Assert.Equal("caller-000", totals.Tripped[0].Caller);
    }

    [Fact]
    public void Sums_PastTheLargestNumber_StopThere()
    {
        Report(1, s_a, calls: ulong.MaxValue);
        Report(1, s_a, calls: 2);
        Report(2, s_a, calls: 7);
        Assert.Equal(ulong.MaxValue, Of(s_a).Calls);

        _table.Leave(1);

        Assert.Equal(0ul, Of(s_a).Calls);
    }

    // Whatever comes in whatever order: the table says what a dumb model says that keeps every report.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Steps_AtRandom_AgreeWithAModel(int seed)
    {
        var random = new Random(seed);
        var table = new CallTable(entriesMax: 12, callerEntriesMax: 5);
        var model = new Dictionary<(long Caller, InstanceKey Instance), (ulong Calls, BreakerState Breaker)>();
        for (var step = 0; step < 3000; step++)
        {
            var caller = random.Next(4);
            var instance = new InstanceKey(ServiceKey.Default($"s{random.Next(2)}"), $"{random.Next(4)}");
            switch (random.Next(12))
            {
                case 0:
                    table.Leave(caller);
                    Drop(k => k.Caller == caller);
                    break;
                case 1:
                    table.Leave(caller, instance.Service);
                    Drop(k => k.Caller == caller && k.Instance.Service == instance.Service);
                    break;
                case 2:
                    table.Remove(instance);
                    Drop(k => k.Instance == instance);
                    break;
                default:
                    var report = new CallReport((ulong)random.Next(5), 0, (BreakerState)random.Next(3), "", default);
                    var isRoom = model.ContainsKey((caller, instance))
                        || (model.Count < 12 && model.Keys.Count(k => k.Caller == caller) < 5);
                    Assert.Equal(isRoom, table.Report(caller, $"{caller}", instance, report, _now) == CallVerdict.Taken);
                    if (isRoom)
                    {
                        var before = model.GetValueOrDefault((caller, instance));
                        model[(caller, instance)] = (before.Calls + report.Calls, report.Breaker);
                    }

                    break;
            }

            Assert.Equal(model.Count, table.Count);
            var expected = model.GroupBy(e => e.Key.Instance).Select(g => (
                g.Key, g.Count(), g.Sum(e => (long)e.Value.Calls), g.Count(e => e.Value.Breaker != BreakerState.Closed)));
            var actual = table.List(_ => true, false, int.MaxValue, _now, out _).Select(
                t => (t.Instance, t.CallersCount, (long)t.Calls, t.TrippedCount));
            Assert.Equal(expected.ToHashSet(), actual.ToHashSet());
        }

        void Drop(Func<(long Caller, InstanceKey Instance), bool> isGone)
        {
            foreach (var key in model.Keys.Where(isGone).ToList())
            {
                model.Remove(key);
            }
        }
    }

    private static InstanceKey Key(string id) => new(ServiceKey.Default("calculator"), id);

    private void Report(
        long caller, InstanceKey instance, ulong calls = 0, ulong failures = 0, BreakerState breaker = default, string reason = "",
        TimeSpan trialIn = default) =>
        Assert.Equal(CallVerdict.Taken, _table.Report(
            caller, $"caller-{caller}", instance, new CallReport(calls, failures, breaker, reason, trialIn), _now));

    private CallVerdict Try(long caller, InstanceKey instance) =>
        _table.Report(caller, $"caller-{caller}", instance, default(CallReport) with { Reason = "" }, _now);

    private CallTotals Of(InstanceKey instance) => _table.Of(instance, _now)!;

    private IReadOnlyList<CallTotals> List(bool onlyTripped = false) => _table.List(_ => true, onlyTripped, 100, _now, out _);
}
