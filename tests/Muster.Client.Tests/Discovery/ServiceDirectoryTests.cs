using Microsoft.Extensions.Logging;
using Muster.Client.Connection;
using Muster.Client.Tests.Scripted;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Grpc;
using static Muster.Client.Tests.Discovery.Messages;

namespace Muster.Client.Tests.Discovery;

/// <summary>Against a registry that does what the test says, over real HTTP/2, on a clock that stands still.</summary>
public sealed class ServiceDirectoryTests : ClientFixture
{
    private static readonly ServiceKey s_service = ServiceKey.Default(Messages.Service);

    [Fact]
    public async Task Watch_SameService_IsTheSameWatchOnOneStream()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var directory = NewClient(registry.Address).Directory;
        var first = directory.Watch(s_service);
        var stream = await registry.NextWatchAsync();
        var other = directory.Watch(ServiceKey.Default("echo"));

        Assert.Same(first, directory.Watch(s_service));
        Assert.NotSame(first, other);
        Assert.Equal("calculator", (await stream.ReadAsync()).Subscribe.Service);
        Assert.Equal("echo", (await stream.ReadAsync()).Subscribe.Service);
    }

    [Fact]
    public async Task Changed_HandlerStillRuns_NothingIsAcknowledgedBefore()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var watch = NewClient(registry.Address).Directory.Watch(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        var entered = new TaskCompletionSource<ServiceView>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var release = new ManualResetEventSlim();
        watch.Changed += view =>
        {
            entered.SetResult(view);
            release.Wait();
        };
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));

        var view = await entered.Task.InTime();
        Assert.Same(view, watch.Current);
        Assert.Null(stream.TryRead());
        release.Set();

        Assert.Equal(7ul, (await stream.ReadAsync()).Ack.Revision);
    }

    [Fact]
    public async Task Changed_HandlerFails_OthersHearAndTheRevisionIsAcknowledged()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var watch = NewClient(registry.Address).Directory.Watch(s_service);
        watch.Changed += _ => throw new InvalidOperationException("a mistake of the application");
        var views = new Views(watch);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));

        await views.FirstAsync(v => v.Instances.Length == 1);

        Assert.Equal(7ul, (await stream.ReadAsync()).Ack.Revision);
        Assert.Contains(Logged, e => e.Level == LogLevel.Error && e.Text.Contains("a mistake of the application", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FirstViewAsync_RegistryDownAtStart_WaitsAndIsNoError()
    {
        var port = await FreePortAsync();
        var directory = NewClient($"127.0.0.1:{port}").Directory;
        var watch = directory.Watch(s_service);
        var first = watch.FirstViewAsync(CancellationToken.None);
        await Clock.TimerArmedAsync(d => d <= Backoff.FirstDelayMax).InTime();
        Assert.False(first.IsCompleted);
        Assert.Equal((true, null, ServiceKnowledge.Pending), (directory.IsStale, directory.SinceLastContact, watch.Current.Knowledge));

        await using var registry = await ScriptedRegistry.StartAsync(port);
        await PassBackoffAsync();
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Unknown());
        await stream.SendAsync(Progress(1));

        Assert.Equal(ServiceKnowledge.Unknown, (await first.InTime()).Knowledge);
        Assert.Equal((false, TimeSpan.Zero), (directory.IsStale, directory.SinceLastContact));
    }

    [Fact]
    public async Task FirstViewAsync_TokenFires_EndsTheWait()
    {
        var watch = NewClient($"127.0.0.1:{await FreePortAsync()}").Directory.Watch(s_service);
        using var gaveUp = new CancellationTokenSource();
        var first = watch.FirstViewAsync(gaveUp.Token);
        await gaveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.InTime());
    }

    [Fact]
    public async Task StreamLost_KeepsTheView_SaysStaleAndResumes()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var directory = NewClient(registry.Address).Directory;
        var watch = directory.Watch(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));
        await watch.FirstViewAsync(CancellationToken.None).InTime();
        var stale = NextStale(directory);
        stream.End(StatusCode.Unavailable, "the registry restarts");

        Assert.True(await stale.InTime());
        Assert.Equal("a", Assert.Single(watch.Current.Instances).Id);
        var lost = Clock.Elapsed;
        await PassFirstBackoffAsync();
        Assert.NotEqual(TimeSpan.Zero, Clock.Elapsed - lost);
        Assert.Equal(Clock.Elapsed - lost, directory.SinceLastContact);
        var next = await registry.NextWatchAsync();
        Assert.Equal(7ul, (await next.ReadAsync()).Subscribe.Resume.Revision);
        var fresh = NextStale(directory);
        await next.SendAsync(Progress(7));
        Assert.False(await fresh.InTime());
        Assert.False(directory.IsStale);
    }

    [Fact]
    public async Task RegistryNeverAnswers_StreamIsGivenUpAndTriedAgain()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        _ = NewClient(registry.Address).Directory.Watch(s_service);
        var silent = await registry.NextWatchAsync();
        await silent.ReadAsync();
        await Clock.TimerArmedAsync(d => d == TimeSpan.FromSeconds(10)).InTime();

        Clock.Advance(TimeSpan.FromSeconds(10));
        await PassLossAsync();

        Assert.NotNull(await (await registry.NextWatchAsync()).ReadAsync());
    }

    [Fact]
    public async Task SubscriptionFault_IsLoggedAndTriedAgain()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var watch = NewClient(registry.Address).Directory.Watch(s_service);
        var stream = await registry.NextWatchAsync();
        await stream.ReadAsync();
        await stream.SendAsync(Fault(StatusCode.ResourceExhausted, "no more watches"));
        await PassFirstBackoffAsync();

        Assert.Equal("calculator", (await stream.ReadAsync()).Subscribe.Service);
        await stream.SendAsync(Unknown());
        await stream.SendAsync(Progress(1));
        await watch.FirstViewAsync(CancellationToken.None).InTime();
        Assert.Contains(Logged, e => e.Level == LogLevel.Warning && e.Text.Contains("no more watches", StringComparison.Ordinal));
    }

    [Fact]
    public void Watch_NameThatIsNone_NamesTheBound()
    {
        var e = Assert.Throws<ArgumentException>(() => NewClient("127.0.0.1:1").Directory.Watch(ServiceKey.Default("No Name")));

        Assert.Contains("service is 'No Name': a-z, 0-9", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Watch_TooManyServices_NamesTheBound()
    {
        var directory = NewClient("127.0.0.1:1").Directory;
        for (var i = 0; i < Limits.SubscriptionsPerWatchMax; i++)
        {
            directory.Watch(ServiceKey.Default($"s{i}"));
        }

        var e = Assert.Throws<InvalidOperationException>(() => directory.Watch(ServiceKey.Default("one-too-many")));
        Assert.Contains("at most 1024", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AfterDispose_IsRefused()
    {
        var client = NewClient("127.0.0.1:1");
        await StopAsync(client);

        Assert.Throws<ObjectDisposedException>(() => client.Directory.Watch(s_service));
    }

    private static Task<bool> NextStale(Client.Discovery.IServiceDirectory directory)
    {
        var next = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        directory.StaleChanged += isStale => next.TrySetResult(isStale);
        return next.Task;
    }

    private static async Task<int> FreePortAsync()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        return registry.Port;
    }
}
