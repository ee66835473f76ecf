using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Watch;

/// <summary>The barrier of a drain, with watchers that acknowledge, that do not, and that cannot.</summary>
public class DrainTests : RegistryHarness
{
    // Unlike half the default TTL, for which the lease keeper arms a timer.
    private const uint PatienceMs = 4000;

    [Fact]
    public async Task Drain_NobodyWatches_AnswersAtOnce()
    {
        await RegisterAsync(Instance());

        var drain = (await DrainAsync()).Drain;

        Assert.Equal((0, 0), (drain.Acknowledged, drain.LaggardsCount));
        Assert.Equal(Intent.Draining, Assert.Single((await ListAsync()).Instances).Instance.Intent);
    }

    [Fact]
    public async Task Drain_EveryWatcherAcknowledges_AnswersWithTheLast()
    {
        await RegisterAsync(Instance());
        await using var one = await WatchAsync("one");
        await using var two = await WatchAsync("two");

        var draining = DrainAsync();
        await AcknowledgeAsync(one, await DrainingAsync(one));
        var last = await DrainingAsync(two);
        Assert.False(draining.IsCompleted);
        await AcknowledgeAsync(two, last);

        var drain = (await draining).Drain;
        Assert.Equal((2, 0), (drain.Acknowledged, drain.LaggardsCount));
    }

    [Fact]
    public async Task Drain_SilentWatcher_IsNamedAfterThePatience()
    {
        await RegisterAsync(Instance());
        await using var silent = await WatchAsync("billing 42");

        var draining = DrainAsync(PatienceMs);
        await DrainingAsync(silent);
        await Time.TimerArmedAsync(IsDrains);
        Time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.False(draining.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(0.2));

        var laggard = Assert.Single((await draining).Drain.Laggards);
        Assert.Equal(DrainSilence.Silent, laggard.Why);
        Assert.StartsWith("billing 42 at 127.0.0.1:", laggard.Watcher, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_SimpleStream_IsNamedAndNotWaitedFor()
    {
        await RegisterAsync(Instance());
        await using var simple = Client.ServerStreaming(RegistryMethods.WatchService,
            new WatchServiceRequest { Service = "calculator", Client = "script" });
        await simple.ReadAsync();

        var laggard = Assert.Single((await DrainAsync()).Drain.Laggards);

        Assert.Equal(DrainSilence.SimpleStream, laggard.Why);
        Assert.StartsWith("script at ", laggard.Watcher, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_WatcherLeavesMeanwhile_IsNamedAndEndsTheWait()
    {
        await RegisterAsync(Instance());
        var leaving = await WatchAsync("leaving");
        var draining = DrainAsync(PatienceMs);
        await DrainingAsync(leaving);
        await Time.TimerArmedAsync(IsDrains);

        await leaving.DisposeAsync();

        Assert.Equal(DrainSilence.Left, Assert.Single((await draining).Drain.Laggards).Why);
    }

    [Fact]
    public async Task Drain_AcknowledgementOfAnotherService_DoesNotCount()
    {
        await RegisterAsync(Instance());
        await using var watch = await WatchAsync("one");
        var draining = DrainAsync();
        var revision = await DrainingAsync(watch);

        await watch.SendAsync(new WatchRequest { Ack = new Ack { Service = "echo", Revision = revision } });
        // Answered in order: once this subscription shows, the acknowledgement before it has been read.
        await watch.SubscribeAsync("echo");
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Progress, m => m.Service == "echo");
        Assert.False(draining.IsCompleted);

        await AcknowledgeAsync(watch, revision);
        Assert.Equal(1, (await draining).Drain.Acknowledged);
    }

    [Fact]
    public async Task Drain_AgainAfterAllHaveAcknowledged_AnswersAtOnce()
    {
        await RegisterAsync(Instance());
        await using var watch = await WatchAsync("one");
        var draining = DrainAsync();
        await AcknowledgeAsync(watch, await DrainingAsync(watch));
        await draining;

        Assert.Equal(1, (await DrainAsync()).Drain.Acknowledged);
    }

    [Fact]
    public async Task Drain_InASessionByItsOwner_CarriesTheBarrierToo()
    {
        await using var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { Client = "test" } });
        await session.ReadAsync();
        await session.WriteAsync(new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });
        await session.ReadAsync();
        await using var watch = await WatchAsync("one");

        await session.WriteAsync(new SessionRequest
        {
            RequestId = 3,
            SetIntent = new SetIntentRequest { Service = "calculator", InstanceId = "a", Intent = Intent.Draining, AwaitWatchersMs = 1500 },
        });
        await AcknowledgeAsync(watch, await DrainingAsync(watch));

        var answer = (await session.ReadAsync())!;
        Assert.Equal((3ul, 1), (answer.RequestId, answer.IntentSet.Drain.Acknowledged));
    }

    [Fact]
    public async Task Drain_TooMuchPatience_IsRefused()
    {
        await RegisterAsync(Instance());

        var error = await FailsAsync(StatusCode.InvalidArgument, DrainAsync(5001));

        Assert.StartsWith("await_watchers_ms is 5001: 0 to 5000 are allowed", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(Intent.Serving, Assert.Single((await ListAsync()).Instances).Instance.Intent);
    }

    [Fact]
    public async Task Subscribe_NameThatWouldMoveACursor_IsRefused()
    {
        await using var watch = new WatchReader(Client);

        await watch.SendAsync(new WatchRequest { Subscribe = new Subscribe { Service = "calculator", Client = "\u001b[2J" } });

        var fault = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Fault)).Fault;
        Assert.Equal(((int)StatusCode.InvalidArgument, "client is a text with control characters: none are allowed."), (fault.Code, fault.Message));
    }

    private static bool IsDrains(TimeSpan due) => due == TimeSpan.FromMilliseconds(PatienceMs + 1);

    private Task<SetIntentResponse> DrainAsync(uint patienceMs = 5000) => Client.UnaryAsync(RegistryMethods.SetIntent, new SetIntentRequest
    {
        Service = "calculator", InstanceId = "a", Intent = Intent.Draining, AwaitWatchersMs = patienceMs, Operator = "ann",
    });

    private async Task<WatchReader> WatchAsync(string client)
    {
        var watch = new WatchReader(Client);
        await watch.SendAsync(new WatchRequest { Subscribe = new Subscribe { Service = "calculator", Client = client } });
        await AcknowledgeAsync(watch, (await watch.ReadProgressAsync()).Revision);
        return watch;
    }

    private static async Task<ulong> DrainingAsync(WatchReader watch)
    {
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted, m => m.Upserted.Intent == Intent.Draining);
        return (await watch.ReadProgressAsync()).Revision;
    }

    private static ValueTask AcknowledgeAsync(WatchReader watch, ulong revision) =>
        watch.SendAsync(new WatchRequest { Ack = new Ack { Service = "calculator", Revision = revision } });
}
