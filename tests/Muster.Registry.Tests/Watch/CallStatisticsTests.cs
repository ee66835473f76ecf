using Microsoft.Extensions.DependencyInjection;
using Muster.Core;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Registry.Tests.Bounds;
using Muster.Registry.Watch;

namespace Muster.Registry.Tests.Watch;

/// <summary>What watchers say of their calls, and who can read it.</summary>
public sealed class CallStatisticsTests : RegistryHarness
{
    [Fact]
    public async Task Statistics_OfTwoCallers_AreSummedAndTheBreakersNamed()
    {
        await RegisterAsync(Instance());
        await using var first = await WatchAsync("web");
        await using var second = await WatchAsync("batch");
        await SendAsync(first, Statistics(calls: 10, failures: 4));
        await SendAsync(second, Statistics(
            calls: 5, failures: 5, breaker: BreakerState.Open, reason: "5 failures in a row", nextTrialMs: 8000));
        Time.Advance(TimeSpan.FromSeconds(3));

        var totals = Assert.Single((await TotalsAsync()).Instances);

        Assert.Equal(("default", "calculator", "a"), (totals.Namespace, totals.Service, totals.InstanceId));
        Assert.Equal((2, 15ul, 9ul), (totals.CallersCount, totals.Calls, totals.Failures));
        Assert.Equal((15ul, 9ul, 1), (totals.RecentCalls, totals.RecentFailures, totals.TrippedCount));
        var breaker = Assert.Single(totals.Tripped);
        Assert.StartsWith("batch at 127.0.0.1:", breaker.Caller, StringComparison.Ordinal);
        Assert.Equal((BreakerState.Open, "5 failures in a row", 5000u, 3000ul), (breaker.State, breaker.Reason, breaker.NextTrialMs, breaker.SinceMs));
        Assert.Equal((5ul, 5ul), (breaker.Calls, breaker.Failures));
        Assert.Equal(totals, Assert.Single((await ExplainAsync()).Explanations).Calls);
    }

    [Fact]
    public async Task Statistics_OfAStreamThatEnds_AreForgottenAndThoseOfOthersStay()
    {
        await RegisterAsync(Instance());
        await using var stays = await WatchAsync("stays");
        await SendAsync(stays, Statistics(calls: 1));
        await using var leaves = await WatchAsync("leaves");
        await SendAsync(leaves, Statistics(calls: 2, breaker: BreakerState.HalfOpen));
        Assert.Equal(2, (await TotalsAsync()).Instances[0].CallersCount);

        await leaves.EndAsync();

        var totals = Assert.Single((await TotalsAsync()).Instances);
        Assert.Equal((1, 1ul, 0), (totals.CallersCount, totals.Calls, totals.TrippedCount));
    }

    [Fact]
    public async Task Statistics_OfAServiceThatIsWatchedNoMore_AreForgotten()
    {
        await RegisterAsync(Instance());
        await using var watch = await WatchAsync("web");
        await SendAsync(watch, Statistics(calls: 1));

        await watch.SendAsync(new WatchRequest { Unsubscribe = new Unsubscribe { Service = "calculator" } });
        await RefusedAsync(watch, Statistics(), StatusCode.FailedPrecondition, "service is 'calculator': this stream does not watch it");

        Assert.Empty((await TotalsAsync()).Instances);
    }

    [Fact]
    public async Task Statistics_OfAnInstanceThatLeft_AreForgottenAndNewOnesPassedOver()
    {
        var lease = (await RegisterAsync(Instance("a", 80))).LeaseId;
        await RegisterAsync(Instance("b", 81));
        await using var watch = await WatchAsync("web");
        await SendAsync(watch, Statistics("a", calls: 1));
        await SendAsync(watch, Statistics("b", calls: 1));

        await Client.UnaryAsync(RegistryMethods.Deregister, new DeregisterRequest { Service = "calculator", InstanceId = "a", LeaseId = lease });
        await SendAsync(watch, Statistics("a", calls: 1));

        Assert.Equal(["b"], (await TotalsAsync()).Instances.Select(i => i.InstanceId));
    }

    [Fact]
    public async Task Statistics_OfAnyKind_WakeNoWatcherAndWriteNothing()
    {
        var revision = (await RegisterAsync(Instance())).Revision;
        await using var watch = await WatchAsync("web");
        await using var other = await WatchAsync("other");
        await SendAsync(watch, Statistics(calls: 1, breaker: BreakerState.Open));

        var next = await RegisterAsync(Instance("b", 81));

        Assert.Equal(revision + 1, next.Revision);
        // The very next that both hear of is the newcomer.
        Assert.Equal("b", NameIn(await watch.ReadAsync()));
        Assert.Equal("b", NameIn(await other.ReadAsync()));

        static string? NameIn(WatchResponse message) => message.Upserted?.Id ?? message.Soft?.States[0].InstanceId;
    }

    [Fact]
    public async Task Statistics_ThatBreakABound_AreRefusedByNameAndTheStreamGoesOn()
    {
        await RegisterAsync(Instance());
        await using var watch = await WatchAsync("web");
        var reason = new string('x', Limits.BreakerReasonCharsMax);
        await SendAsync(watch, Statistics(
            calls: Limits.CallsPerReportMax, failures: Limits.CallsPerReportMax, breaker: BreakerState.Open, reason: reason,
            nextTrialMs: (uint)Limits.BreakerTrialMax.TotalMilliseconds));

        await RefusedAsync(watch, Statistics(calls: Limits.CallsPerReportMax + 1ul), StatusCode.InvalidArgument, "calls is 1000000001: at most 1000000000 are allowed.");
        await RefusedAsync(watch, Statistics(failures: 1), StatusCode.InvalidArgument, "failures is 1: at most the 0 of calls are allowed.");
        await RefusedAsync(watch, Statistics(reason: reason + "x"), StatusCode.InvalidArgument, "breaker_reason is 257 characters: at most 256 are allowed.");
        await RefusedAsync(watch, Statistics(reason: "\u001b[2J"), StatusCode.InvalidArgument, "breaker_reason is a text with control characters");
        await RefusedAsync(watch, Statistics(nextTrialMs: 3_600_001), StatusCode.InvalidArgument, "next_trial_ms is 3600001: 0 to 3600000 are allowed.");
        await RefusedAsync(watch, Statistics(breaker: (BreakerState)7), StatusCode.InvalidArgument, "breaker is 7: allowed are 0 (CLOSED), 1 (OPEN) or 2 (HALF_OPEN)");
        await RefusedAsync(watch, Statistics(id: ""), StatusCode.InvalidArgument, "instance_id is empty");
        await RefusedAsync(watch, Statistics(service: "echo"), StatusCode.FailedPrecondition, "service is 'echo': this stream does not watch it");

        var totals = Assert.Single((await TotalsAsync()).Instances);
        Assert.Equal((ulong)Limits.CallsPerReportMax, totals.Calls);
        await RegisterAsync(Instance("b", 81));
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted);
    }

    [Fact]
    public async Task Fault_OfStatisticsWithEndlessNames_IsShort()
    {
        await using var watch = await WatchAsync("web");

        await watch.SendAsync(new WatchRequest { CallStatistics = Statistics(new string('i', 100_000), service: new string('s', 100_000)) });
        var fault = await watch.ReadUntilAsync(WatchResponse.EventOneofCase.StatisticsFault);

        Assert.True(fault.CalculateSize() < 600, $"{fault.CalculateSize()} bytes");
    }

    [Fact]
    public async Task Statistics_OfMoreInstancesThanOneStreamMay_AreExhausted()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { CallEntriesPerWatchMax = 2 });
        await FillAsync(registry.Client, 3);
        await using var watch = await WatchAsync("web", registry.Client);
        await using var other = await WatchAsync("other", registry.Client);
        await SendAsync(watch, Statistics("i0", calls: 1));
        await SendAsync(watch, Statistics("i1", calls: 1));

        await RefusedAsync(
            watch, Statistics("i2", calls: 1), StatusCode.ResourceExhausted, "instances with call statistics are 2: at most 2 are allowed on one stream.");

        await SendAsync(watch, Statistics("i1", calls: 1));
        await SendAsync(other, Statistics("i2", calls: 1));
        Assert.Equal(3, (await TotalsAsync(client: registry.Client)).InstancesCount);
    }

    [Fact]
    public async Task Statistics_OfMoreThanTheNodeKeeps_AreExhaustedUntilAStreamEnds()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { CallEntriesMax = 2 });
        await FillAsync(registry.Client, 2);
        await using var first = await WatchAsync("first", registry.Client);
        await using var other = await WatchAsync("other", registry.Client);
        await SendAsync(first, Statistics("i0", calls: 1));
        await SendAsync(first, Statistics("i1", calls: 1));

        await RefusedAsync(
            other, Statistics("i0", calls: 1), StatusCode.ResourceExhausted, "call statistics are 2: at most 2 are allowed on one node.");

        Assert.Equal(2, registry.Parts.GetRequiredService<CallKeeper>().Count);
        await first.EndAsync();
        await SendAsync(other, Statistics("i0", calls: 1));
        Assert.Equal(1, registry.Parts.GetRequiredService<CallKeeper>().Count);
    }

    [Fact]
    public async Task ListCallTotals_LimitAndFilter_AreKeptAndChecked()
    {
        await FillAsync(Client, Limits.CallTotalsPerAnswerDefault + 1);
        await using var watch = await WatchAsync("web");
        for (var i = 0; i <= Limits.CallTotalsPerAnswerDefault; i++)
        {
            await watch.SendAsync(new WatchRequest
            {
                CallStatistics = Statistics($"i{i}", calls: 1, breaker: i == 7 ? BreakerState.Open : BreakerState.Closed),
            });
        }

        await SendAsync(watch, Statistics("i0"));
        var all = await TotalsAsync();
        Assert.Equal((Limits.CallTotalsPerAnswerDefault, Limits.CallTotalsPerAnswerDefault + 1), (all.Instances.Count, all.InstancesCount));
        Assert.Equal("i7", all.Instances[0].InstanceId);
        Assert.Equal(["i7"], (await TotalsAsync(onlyTripped: true)).Instances.Select(i => i.InstanceId));
        Assert.Equal(all.InstancesCount, (await TotalsAsync(limit: Limits.CallTotalsPerAnswerMax, service: "")).Instances.Count);
        Assert.Empty((await TotalsAsync(service: "echo")).Instances);
        var error = await FailsAsync(StatusCode.InvalidArgument, TotalsAsync(limit: Limits.CallTotalsPerAnswerMax + 1));
        Assert.StartsWith("limit is 1001: 0 to 1000 are allowed, 0 means 100", error.Status.Detail, StringComparison.Ordinal);
        await FailsAsync(StatusCode.InvalidArgument, TotalsAsync(service: "No Name"));
    }

    [Fact]
    public async Task Statistics_AfterARestore_AreThoseOfInstancesThatAreStillListed()
    {
        await using var registry = await LimitedRegistry.StartAsync();
        await FillAsync(registry.Client, 1);
        await using var watch = await WatchAsync("web", registry.Client);
        await SendAsync(watch, Statistics("i0", calls: 1));
        var keeper = registry.Parts.GetRequiredService<CallKeeper>();

        keeper.Start(registry.Parts.GetRequiredService<CatalogFeed>().Current);
        Assert.Equal(1, keeper.Count);
        keeper.Start(new Core.Catalog.CatalogSnapshot { StoreId = "another" });

        Assert.Equal(0, keeper.Count);
    }

    private static CallStatistics Statistics(
        string id = "a", ulong calls = 0, ulong failures = 0, BreakerState breaker = BreakerState.Closed, string reason = "",
        uint nextTrialMs = 0, string service = "calculator") => new()
        {
            Service = service, InstanceId = id, Calls = calls, Failures = failures, Breaker = breaker, BreakerReason = reason, NextTrialMs = nextTrialMs,
        };

    // A request of a stream is handled before the next: the answer to one that is refused shows that those before were taken.
    private static async Task SendAsync(WatchReader watch, CallStatistics statistics)
    {
        await watch.SendAsync(new WatchRequest { CallStatistics = statistics });
        await RefusedAsync(watch, Statistics(service: "nobody-watches-this"), StatusCode.FailedPrecondition, "service is 'nobody-watches-this'");
    }

    private static async Task RefusedAsync(WatchReader watch, CallStatistics statistics, StatusCode code, string sentence)
    {
        await watch.SendAsync(new WatchRequest { CallStatistics = statistics });
        var answer = await watch.ReadUntilAsync(WatchResponse.EventOneofCase.StatisticsFault);
        Assert.Equal((statistics.Service, statistics.InstanceId, (int)code), (answer.Service, answer.StatisticsFault.InstanceId, answer.StatisticsFault.Code));
        Assert.StartsWith(sentence, answer.StatisticsFault.Message, StringComparison.Ordinal);
    }

    private async Task<WatchReader> WatchAsync(string name, GrpcClient? client = null)
    {
        var watch = new WatchReader(client ?? Client);
        await watch.SendAsync(new WatchRequest { Subscribe = new Subscribe { Service = "calculator", Client = name } });
        await watch.ReadProgressAsync();
        if ((await (client ?? Client).UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = "calculator" })).ServiceKnown)
        {
            await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft, m => m.Soft.Complete);
        }

        return watch;
    }

    private static async Task FillAsync(GrpcClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await client.UnaryAsync(RegistryMethods.Register, new RegisterRequest { Instance = Instance($"i{i}", 1000 + i) });
        }
    }

    private Task<ListCallTotalsResponse> TotalsAsync(
        string service = "calculator", bool onlyTripped = false, int limit = 0, GrpcClient? client = null) => (client ?? Client).UnaryAsync(
            RegistryMethods.ListCallTotals, new ListCallTotalsRequest { Service = service, OnlyTripped = onlyTripped, Limit = (uint)limit });

    private Task<ExplainInstanceResponse> ExplainAsync() =>
        Client.UnaryAsync(RegistryMethods.ExplainInstance, new ExplainInstanceRequest { InstanceId = "a" });
}
