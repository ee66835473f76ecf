using Muster.Core.Model;
using Muster.EndToEnd.Processes;
using Muster.Samples.Worker;

namespace Muster.EndToEnd.Worker;

/// <summary>The counter against real servers: the Redis of a machine that has one, and the Garnet that the demo brings.</summary>
public sealed class RedisCounterStoreTests
{
    private const string Counter = "muster:test";

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task IncrementAsync_SameKeyTwice_CountsOnceAndReturnsTheFirstResult(string kind)
    {
        await using var server = await StartAsync(kind);
        await using var link = LinkTo(server);
        var store = new RedisCounterStore(link, TimeProvider.System);

        var first = await store.IncrementAsync(Counter, "a", TestContext.Current.CancellationToken);
        await store.IncrementAsync(Counter, "b", TestContext.Current.CancellationToken);
        var again = await store.IncrementAsync(Counter, "a", TestContext.Current.CancellationToken);

        Assert.Equal(new CountedIncrement(1, Repeated: false), first);
        Assert.Equal(new CountedIncrement(1, Repeated: true), again);
        Assert.Equal(2, await store.GetAsync(Counter, TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Servers))]
    public async Task IncrementAsync_NoKey_CountsEachCall(string kind)
    {
        await using var server = await StartAsync(kind);
        await using var link = LinkTo(server);
        var store = new RedisCounterStore(link, TimeProvider.System);

        await store.IncrementAsync(Counter, null, TestContext.Current.CancellationToken);
        var second = await store.IncrementAsync(Counter, null, TestContext.Current.CancellationToken);

        Assert.Equal(new CountedIncrement(2, Repeated: false), second);
    }

    // Several workers, each key sent by several of them at once: what a retry looks like whose first attempt still runs.
    [Theory]
    [MemberData(nameof(Servers))]
    public async Task IncrementAsync_TwinsOnSeveralConnections_CountEachKeyOnce(string kind)
    {
        const int keys = 300;
        const int connections = 4;
        await using var server = await StartAsync(kind);
        var links = Enumerable.Range(0, connections).Select(_ => LinkTo(server)).ToArray();

        var results = await Task.WhenAll(
            from key in Enumerable.Range(0, keys)
            from link in links
            select CountAsync(link, $"key-{key}"));

        var read = await new RedisCounterStore(links[0], TimeProvider.System).GetAsync(Counter, TestContext.Current.CancellationToken);
        Assert.Equal(keys, read);
        foreach (var ofOneKey in results.GroupBy(result => result.Key))
        {
            Assert.Single(ofOneKey, result => !result.Counted.Repeated);
            Assert.Single(ofOneKey.Select(result => result.Counted.Value).Distinct());
        }

        Assert.Equal(keys, results.Select(result => result.Counted.Value).Distinct().Count());
        foreach (var link in links)
        {
            await link.DisposeAsync();
        }
    }

    [Fact]
    public async Task IncrementAsync_RedisIsAway_SaysSoInTimeAndRecovers()
    {
        await using var server = await RedisServer.StartRedisAsync();
        await using var link = LinkTo(server, RedisLink.PatienceDefault);
        var store = new RedisCounterStore(link, TimeProvider.System);
        await store.IncrementAsync(Counter, "a", TestContext.Current.CancellationToken);

        server.Process.Signal("KILL");
        await server.Process.ExitAsync();
        var started = TimeProvider.System.GetTimestamp();
        var error = await Assert.ThrowsAsync<CounterUnavailableException>(
            () => store.IncrementAsync(Counter, "b", TestContext.Current.CancellationToken));
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        await server.RestartAsync();
        var after = await CountWhenBackAsync(store, "c");

        Assert.Contains(server.Address, error.Message, StringComparison.Ordinal);
        Assert.True(elapsed < TimeSpan.FromSeconds(2), $"It took {elapsed} to say that Redis is away.");
        Assert.Equal(1, after.Value);
    }

    [Fact]
    public async Task IncrementAsync_RedisHangs_SaysSoInTimeAndRecovers()
    {
        await using var server = await RedisServer.StartRedisAsync();
        await using var link = LinkTo(server, RedisLink.PatienceDefault);
        var store = new RedisCounterStore(link, TimeProvider.System);
        await store.IncrementAsync(Counter, "a", TestContext.Current.CancellationToken);

        server.Process.Signal("STOP");
        var started = TimeProvider.System.GetTimestamp();
        var error = await Assert.ThrowsAsync<CounterUnavailableException>(
            () => store.IncrementAsync(Counter, "b", TestContext.Current.CancellationToken));
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        server.Process.Signal("CONT");
        var after = await CountWhenBackAsync(store, "b");

        Assert.Contains("nothing came back within 2 s", error.Message, StringComparison.Ordinal);
        Assert.True(elapsed < TimeSpan.FromSeconds(4), $"It took {elapsed} to say that Redis hangs.");
        Assert.Equal(2, after.Value);
    }

    [Fact]
    public async Task GetAsync_RedisStartsLater_AnswersWithoutARestart()
    {
        await using var server = await RedisServer.StartRedisAsync();
        server.Process.Signal("KILL");
        await server.Process.ExitAsync();
        await using var link = LinkTo(server, RedisLink.PatienceDefault);
        var store = new RedisCounterStore(link, TimeProvider.System);

        await Assert.ThrowsAsync<CounterUnavailableException>(() => store.GetAsync(Counter, TestContext.Current.CancellationToken));
        await server.RestartAsync();

        Assert.Equal(1, (await CountWhenBackAsync(store, "a")).Value);
    }

    public static TheoryData<string> Servers() => new("redis", "garnet");

    private static Task<RedisServer> StartAsync(string kind) =>
        kind == "redis" ? RedisServer.StartRedisAsync() : RedisServer.StartGarnetAsync();

    // Patient, because these tests are about what is counted; those about a Redis that is away take the default.
    private static RedisLink LinkTo(RedisServer server, TimeSpan? patience = null) =>
        new(new HostPort("127.0.0.1", server.Port), patience ?? TimeSpan.FromSeconds(30), TimeProvider.System);

    private static async Task<(string Key, CountedIncrement Counted)> CountAsync(RedisLink link, string key)
    {
        var store = new RedisCounterStore(link, TimeProvider.System);
        return (key, await store.IncrementAsync(Counter, key, TestContext.Current.CancellationToken));
    }

    // The server is up; only the client's connection to it may still be on its way. Each refusal takes part of a second, so
    // this ends well before its bound, and a client that never recovers fails here.
    private static async Task<CountedIncrement> CountWhenBackAsync(RedisCounterStore store, string key)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await store.IncrementAsync(Counter, key, TestContext.Current.CancellationToken);
            }
            catch (CounterUnavailableException) when (attempt < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
            }
        }
    }
}
