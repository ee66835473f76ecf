using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Connection;
using Muster.Client.Discovery;
using Muster.Client.Http;
using Muster.Client.Tests.Scripted;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;
using static Muster.Client.Tests.Discovery.Messages;
using BreakerState = Muster.Core.Model.BreakerState;

namespace Muster.Client.Tests.Discovery;

/// <summary>How call statistics go up the watch: from a source to the registry.</summary>
public sealed class CallStatisticsTests : ClientFixture
{
    private static readonly ServiceKey s_service = ServiceKey.Default(Messages.Service);
    private readonly Source _source = new();

    [Fact]
    public async Task News_OfCalls_GoUpAtOnceAndThenAtTheInterval()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var news = Directory(registry.Address).NewsOf(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        _source.Calls["a"] = new("a", 3, 1, BreakerState.Closed, null, null);
        news.OnCall();
        var first = (await stream.ReadAsync()).CallStatistics;
        Assert.Equal(("default", "calculator", "a", 3ul, 1ul), (first.Namespace, first.Service, first.InstanceId, first.Calls, first.Failures));

        var armed = Clock.TimerArmedAsync(d => d == Limits.CallReportInterval);
        _source.Calls["a"] = new("a", 10, 1, BreakerState.Closed, null, null);
        news.OnCall();
        await armed.InTime();
        Assert.Null(stream.TryRead());
        Clock.Advance(Limits.CallReportInterval);

        Assert.Equal(7ul, (await stream.ReadAsync()).CallStatistics.Calls);
    }

    [Fact]
    public async Task Client_ItsOwnCalls_AreToldWithTheStateOfTheCircuit()
    {
        await using var backend = await Http.Backend.StartAsync("a");
        using var closed = new Http.ClosedPort("b");
        await using var registry = await ScriptedRegistry.StartAsync();
        using var http = new HttpClient(new MusterHandler(NewClient(registry.Address), new() { Policy = PolicyNames.RoundRobin, WarmUp = false }));
        var first = http.GetStringAsync("http://calculator/");
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        await stream.SendAsync(new WatchResponse
        {
            Service = Messages.Service,
            Snapshot = new Snapshot { Last = true, Instances = { At("a", backend.Port), At("b", closed.Port) } },
        });
        await stream.SendAsync(Progress(7));
        Assert.Equal("a", await first);
        Assert.Equal("a", await http.GetStringAsync("http://calculator/"));
        var told = new Dictionary<string, CallStatistics>(StringComparer.Ordinal);
        while (!told.ContainsKey("a") || !told.ContainsKey("b"))
        {
            if ((await stream.ReadAsync()).CallStatistics is { } statistics)
            {
                told[statistics.InstanceId] = statistics;
            }

            Clock.Advance(Limits.CallReportInterval);
        }

        Assert.InRange(told["a"].Calls, 1u, 2u);
        Assert.Equal(Protocol.V1.BreakerState.Open, told["b"].Breaker);
        Assert.Equal("no connection could be made", told["b"].BreakerReason);

        static Instance At(string id, int port)
        {
            var instance = Messages.Instance(id);
            instance.Host = "127.0.0.1";
            instance.Endpoints.Clear();
            instance.Endpoints.Add(new Protocol.V1.Endpoint { Port = port, Scheme = "http", Protocol = Protocol.V1.Protocol.Http1 });
            return instance;
        }
    }

    [Fact]
    public async Task News_NeverAny_NobodyIsAskedAndNoTimerRuns()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var directory = Directory(registry.Address);
        directory.NewsOf(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));
        Assert.Equal(7ul, (await stream.ReadAsync()).Ack.Revision);

        Clock.Advance(TimeSpan.FromHours(1));
        await stream.SendAsync(Progress(8));

        Assert.Equal(8ul, (await stream.ReadAsync()).Ack.Revision);
        Assert.Equal(0, _source.Asked);
        Assert.Null(((IStreamDriver<WatchRequest, WatchResponse>)directory).WakeAt);
    }

    [Fact]
    public async Task News_OfABreaker_GoUpAfterAcknowledgements()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var directory = Directory(registry.Address);
        var news = directory.NewsOf(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        // Both in one step of the reader: the acknowledgement is queued after the handlers have returned, and goes first all the same.
        directory.Watch(s_service).Changed += _ =>
        {
            _source.Calls["a"] = new("a", 5, 5, BreakerState.Open, "5 failures in a row", TimeSpan.FromSeconds(2));
        };
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));
        Assert.Equal(7ul, (await stream.ReadAsync()).Ack.Revision);
        news.OnBreaker();

        var sent = (await stream.ReadAsync()).CallStatistics;

        Assert.Equal((Protocol.V1.BreakerState.Open, "5 failures in a row", 2000u), (sent.Breaker, sent.BreakerReason, sent.NextTrialMs));
    }

    [Fact]
    public async Task StreamLost_OpenBreaker_IsToldOnTheNextStreamAfterItsSubscription()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var news = Directory(registry.Address).NewsOf(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        _source.Calls["a"] = new("a", 5, 5, BreakerState.Open, "refused", null);
        news.OnBreaker();
        await stream.ReadAsync();
        Clock.Advance(Limits.BreakerReportInterval);
        stream.End(StatusCode.Unavailable, "the registry restarts");
        await PassLossAsync();

        var next = await registry.NextWatchAsync();

        Assert.Equal("calculator", (await next.ReadAsync()).Subscribe.Service);
        var again = (await next.ReadAsync()).CallStatistics;
        Assert.Equal((0ul, Protocol.V1.BreakerState.Open, "refused"), (again.Calls, again.Breaker, again.BreakerReason));
    }

    [Fact]
    public async Task StatisticsFault_IsLoggedAndTheViewStays()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var directory = Directory(registry.Address);
        var news = directory.NewsOf(s_service);
        var views = new Views(directory.Watch(s_service));
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        _source.Calls["a"] = new("a", 1, 0, BreakerState.Closed, null, null);
        news.OnCall();
        Assert.Equal(1ul, (await stream.ReadAsync()).CallStatistics.Calls);
        await stream.SendAsync(new WatchResponse
        {
            Service = Messages.Service,
            StatisticsFault = new StatisticsFault { InstanceId = "a", Code = (int)StatusCode.ResourceExhausted, Message = "call statistics are 7" },
        });
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));
        await views.FirstAsync(v => v.Instances.Length == 1);
        Assert.Equal(7ul, (await stream.ReadAsync()).Ack.Revision);

        var armed = Clock.TimerArmedAsync(d => d == Limits.CallReportPause);
        _source.Calls["a"] = new("a", 3, 0, BreakerState.Closed, null, null);
        news.OnCall();
        await armed.InTime();
        Clock.Advance(Limits.CallReportPause);

        Assert.Equal(2ul, (await stream.ReadAsync()).CallStatistics.Calls);
        Assert.Contains(Logged, e => e.Level == LogLevel.Warning && e.Text.Contains("call statistics are 7", StringComparison.Ordinal));
    }

    [Fact]
    public void CallNews_UntilItIsTaken_TellsOnce()
    {
        var told = new List<bool>();
        var news = new CallNews(told.Add);
        news.OnCall();
        news.OnCall();
        Assert.Equal([false], told);
        news.OnBreaker();
        news.OnBreaker();
        news.OnCall();
        Assert.Equal([false, true], told);

        news.Take();
        news.OnCall();

        Assert.Equal([false, true, false], told);
    }

    // No call may stay untold, however calls and the writer interleave.
    [Fact]
    public async Task CallNews_FromManyThreads_LeavesNothingUntold()
    {
        const int Threads = 4;
        const int CallsEach = 20_000;
        long counted = 0;
        var told = System.Threading.Channels.Channel.CreateUnbounded<bool>();
        var news = new CallNews(isUrgent => told.Writer.TryWrite(isUrgent));
        var calling = Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < CallsEach; i++)
            {
                Interlocked.Increment(ref counted);
                news.OnCall();
            }
        })));

        long read = 0;
        while (read < Threads * CallsEach)
        {
            await told.Reader.ReadAsync().AsTask().InTime();
            news.Take();
            read = Interlocked.Read(ref counted);
        }

        await calling;
    }

    [Fact]
    public async Task RealRegistry_HearsWhatTheSourceSays()
    {
        await using var registry = await InProcessRegistry.StartAsync(Clock);
        await registry.Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest { Instance = Messages.Instance("a") });
        var directory = Directory(registry.Address);
        var news = directory.NewsOf(s_service);
        await directory.Watch(s_service).FirstViewAsync(CancellationToken.None).InTime();
        _source.Calls["a"] = new("a", 9, 9, BreakerState.Open, "9 failures in a row", TimeSpan.FromSeconds(7));
        news.OnBreaker();

        // Asked until it is there: each look is a round trip, and the statistics are on their way.
        CallTotals? totals = null;
        for (var look = 0; look < 10_000 && totals is null; look++)
        {
            totals = (await registry.Client.UnaryAsync(RegistryMethods.ListCallTotals, new ListCallTotalsRequest())).Instances.SingleOrDefault();
        }

        Assert.Equal(("a", 9ul, 1), (totals?.InstanceId, totals?.Calls ?? 0, totals?.TrippedCount ?? 0));
        Assert.StartsWith("tests at 127.0.0.1:", totals!.Tripped[0].Caller, StringComparison.Ordinal);
    }

    private ServiceDirectory Directory(string registry)
    {
        var directory = (ServiceDirectory)NewClient(registry).Directory;
        directory.UseStatistics(_source);
        return directory;
    }

    private sealed class Source : ICallStatisticsSource
    {
        public ConcurrentDictionary<string, InstanceCalls> Calls { get; } = [];

        public int Asked { get; private set; }

        public void Collect(ServiceKey service, List<InstanceCalls> into)
        {
            Asked++;
            Assert.Empty(into);
            into.AddRange(Calls.Values);
        }
    }
}
