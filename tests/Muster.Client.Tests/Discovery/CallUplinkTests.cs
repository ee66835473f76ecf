using Muster.Client.Discovery;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.V1;
using BreakerState = Muster.Core.Model.BreakerState;

namespace Muster.Client.Tests.Discovery;

/// <summary>What goes up of the calls to one service, and when.</summary>
public sealed class CallUplinkTests
{
    private readonly CallUplink _uplink = new(ServiceKey.Default("calculator"));
    private readonly Dictionary<string, InstanceCalls> _seen = [];
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void DueAt_NothingNew_IsNever()
    {
        Assert.Null(_uplink.DueAt);
        See("a", 1);
        News();
        Assert.NotEmpty(Tell());

        Assert.Null(_uplink.DueAt);
        Assert.False(_uplink.TryBegin(_now + TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Tell_SecondTime_SendsTheDifferences()
    {
        See("a", 10, 2);
        See("b", 1);
        News();
        Assert.Equal([("a", 10ul, 2ul), ("b", 1ul, 0ul)], Counts(Tell()));

        See("a", 15, 3);
        News();
        Pass(Limits.CallReportInterval);

        Assert.Equal([("a", 5ul, 1ul)], Counts(Tell()));
    }

    [Fact]
    public void Tell_BeforeItsInterval_IsNotDue()
    {
        See("a", 1);
        News();
        Tell();
        See("a", 2);
        News();

        Assert.Equal(_now + Limits.CallReportInterval, _uplink.DueAt);
        Pass(Limits.CallReportInterval - TimeSpan.FromTicks(1));
        Assert.False(_uplink.TryBegin(_now));
        Pass(TimeSpan.FromTicks(1));
        Assert.Equal([("a", 1ul, 0ul)], Counts(Tell()));
    }

    [Fact]
    public void Tell_NewsButNothingChanged_SendsNothing()
    {
        See("a", 1);
        News();
        Tell();
        News(isUrgent: true);
        News();
        Pass(Limits.CallReportInterval);

        Assert.Empty(Tell());
        Assert.Null(_uplink.DueAt);
    }

    [Fact]
    public void Tell_BreakerChanged_GoesAtOnceWithReasonAndTrialAndWithoutTheOthers()
    {
        See("a", 1);
        See("b", 1);
        News();
        Tell();
        See("a", 6, 5, BreakerState.Open, "5 failures in a row", TimeSpan.FromMilliseconds(1500.5));
        See("b", 9);
        News();
        News(isUrgent: true);
        Pass(Limits.BreakerReportInterval);

        var sent = Assert.Single(Tell());

        Assert.Equal(("a", 5ul, 5ul), (sent.InstanceId, sent.Calls, sent.Failures));
        Assert.Equal(
            (Protocol.V1.BreakerState.Open, "5 failures in a row", 1501u), (sent.Breaker, sent.BreakerReason, sent.NextTrialMs));
        Pass(Limits.CallReportInterval);
        Assert.Equal([("b", 8ul, 0ul)], Counts(Tell()));
    }

    [Fact]
    public void Tell_BreakerThatFlutters_IsToldAtItsIntervalAsItIsThen()
    {
        See("a", 1, 1, BreakerState.Open);
        News(isUrgent: true);
        Assert.Single(Tell());
        See("a", 1, 1, BreakerState.HalfOpen);
        News(isUrgent: true);
        See("a", 2, 2, BreakerState.Open);
        News(isUrgent: true);

        Assert.Equal(_now + Limits.BreakerReportInterval, _uplink.DueAt);
        Pass(Limits.BreakerReportInterval);
        Assert.Empty(Tell());
        See("a", 3, 2, BreakerState.Closed, "all is well");
        News(isUrgent: true);
        Pass(Limits.BreakerReportInterval);
        Assert.Equal((Protocol.V1.BreakerState.Closed, ""), (Single(Tell()).Breaker, _last.BreakerReason));
    }

    [Fact]
    public void Tell_OtherReasonOfAnOpenBreaker_GoesWithTheCounts()
    {
        See("a", 1, 1, BreakerState.Open, "refused");
        News(isUrgent: true);
        Tell();
        See("a", 1, 1, BreakerState.Open, "still refused");
        News();
        Pass(Limits.CallReportInterval);

        Assert.Equal("still refused", Single(Tell()).BreakerReason);
    }

    [Fact]
    public void OnStreamOpened_BreakersThatAreNotClosed_AreToldAgainAndOldCountsAreNot()
    {
        See("a", 5, 5, BreakerState.Open);
        See("b", 3);
        News();
        Tell();
        Pass(Limits.BreakerReportInterval);
        _uplink.OnStreamOpened();

        var sent = Assert.Single(Tell());

        Assert.Equal(("a", 0ul, Protocol.V1.BreakerState.Open), (sent.InstanceId, sent.Calls, sent.Breaker));
    }

    [Fact]
    public void OnStreamOpened_EveryBreakerClosed_IsNoNews()
    {
        See("a", 5);
        News();
        Tell();
        _uplink.OnStreamOpened();

        Assert.Null(_uplink.DueAt);
    }

    [Fact]
    public void OnRefused_Pauses_UntilItIsOverOrAStreamOpens()
    {
        See("a", 1);
        News();
        Tell();
        _uplink.OnRefused(_now);
        See("a", 2, 1, BreakerState.Open);
        News(isUrgent: true);

        Assert.Equal(_now + Limits.CallReportPause, _uplink.DueAt);
        Assert.False(_uplink.TryBegin(_now + Limits.CallReportPause - TimeSpan.FromTicks(1)));
        _uplink.OnStreamOpened();
        Pass(Limits.BreakerReportInterval);
        Assert.Single(Tell());
    }

    [Fact]
    public void Tell_MoreThanABurst_SendsTheRestInTurn()
    {
        const int More = 10;
        for (var i = 0; i < Limits.CallReportsPerBurstMax + More; i++)
        {
            See($"i{i:000}", 1);
        }

        News();
        var first = Tell();
        Assert.Equal(Limits.CallReportsPerBurstMax, first.Count);
        Assert.Equal(_now + Limits.CallReportInterval, _uplink.DueAt);
        // The first of them call again and again: those that had to wait come first all the same.
        See("i000", 2);
        Pass(Limits.CallReportInterval);
        var second = Counts(Tell());

        Assert.Equal(More + 1, second.Count);
        Assert.Equal($"i{Limits.CallReportsPerBurstMax:000}", second[0].Id);
        Assert.Equal(("i000", 1ul, 0ul), second[^1]);
        Assert.Null(_uplink.DueAt);
    }

    [Fact]
    public void Tell_MoreBreakersThanABurst_SendsTheRestSoon()
    {
        for (var i = 0; i <= Limits.CallReportsPerBurstMax; i++)
        {
            See($"i{i:000}", 0, 0, BreakerState.Open);
        }

        News(isUrgent: true);
        Assert.Equal(Limits.CallReportsPerBurstMax, Tell().Count);
        Assert.Equal(_now + Limits.BreakerReportInterval, _uplink.DueAt);
        Pass(Limits.BreakerReportInterval);

        Assert.Single(Tell());
        Assert.Null(_uplink.DueAt);
    }

    [Fact]
    public void Tell_NoRoomForAnother_TellsOfThoseItToldBefore()
    {
        See("a", 1);
        News();
        Tell(room: 1);
        See("a", 2);
        See("b", 1, 1, BreakerState.Open);
        News();
        News(isUrgent: true);
        Pass(Limits.CallReportInterval);

        Assert.Equal([("a", 1ul, 0ul)], Counts(Tell(room: 1)));
        Assert.Null(_uplink.DueAt);
        Assert.Equal(1, _uplink.Count);
    }

    [Fact]
    public void Tell_InstanceLeftAndCameBack_BeginsAnew()
    {
        See("a", 7);
        See("b", 1);
        News();
        Tell();
        _seen.Remove("a");
        See("b", 2);
        News();
        Pass(Limits.CallReportInterval);
        Tell();
        Assert.Equal(1, _uplink.Count);
        See("a", 3);
        News();
        Pass(Limits.CallReportInterval);

        Assert.Equal([("a", 3ul, 0ul)], Counts(Tell()));
    }

    [Fact]
    public void Tell_CountersBeganAnew_SendsWhatTheyShow()
    {
        See("a", 100, 50);
        News();
        Tell();
        See("a", 4, 1);
        News();
        Pass(Limits.CallReportInterval);

        Assert.Equal([("a", 4ul, 1ul)], Counts(Tell()));
    }

    [Fact]
    public void Tell_FailureCountedBeforeItsCall_FollowsTheCall()
    {
        See("a", 1, 2);
        News();
        Assert.Equal([("a", 1ul, 1ul)], Counts(Tell()));
        See("a", 2, 2);
        News();
        Pass(Limits.CallReportInterval);

        Assert.Equal([("a", 1ul, 1ul)], Counts(Tell()));
    }

    [Fact]
    public void Tell_ReasonThatTheRegistryWouldRefuse_IsMendedFirst()
    {
        See("a", 0, 0, BreakerState.Open, new string('x', Limits.BreakerReasonCharsMax) + "y", TimeSpan.FromDays(1));
        See("b", 0, 0, BreakerState.Open, "said: \u001b[2J\r\n", TimeSpan.FromDays(-1));
        News(isUrgent: true);

        var sent = Tell();

        Assert.Equal((Limits.BreakerReasonCharsMax, (uint)Limits.BreakerTrialMax.TotalMilliseconds), (sent[0].BreakerReason.Length, sent[0].NextTrialMs));
        Assert.EndsWith("xx...", sent[0].BreakerReason, StringComparison.Ordinal);
        Assert.Equal(("said:  [2J  ", 0u), (sent[1].BreakerReason, sent[1].NextTrialMs));
        Assert.All(sent, s => Assert.Null(Protocol.Mapping.CallMapping.ToCore(s, out _)));
    }

    private CallStatistics _last = new();

    private void See(
        string id, long calls, long failures = 0, BreakerState state = BreakerState.Closed, string? reason = null, TimeSpan? trialIn = null) =>
        _seen[id] = new InstanceCalls(id, calls, failures, state, reason, trialIn);

    private void News(bool isUrgent = false) => _uplink.OnNews(isUrgent);

    private void Pass(TimeSpan time) => _now += time;

    private List<CallStatistics> Tell(int room = Limits.CallEntriesPerWatchMax)
    {
        Assert.True(_uplink.TryBegin(_now), $"due at {_uplink.DueAt}, and it is {_now}");
        var messages = new Queue<WatchRequest>();
        _uplink.Tell([.. _seen.Values.OrderBy(s => s.InstanceId, StringComparer.Ordinal)], room, messages);
        return [.. messages.Select(m => m.CallStatistics)];
    }

    private CallStatistics Single(List<CallStatistics> sent) => _last = Assert.Single(sent);

    private static List<(string Id, ulong Calls, ulong Failures)> Counts(List<CallStatistics> sent) =>
        [.. sent.Select(s => (s.InstanceId, s.Calls, s.Failures))];
}
