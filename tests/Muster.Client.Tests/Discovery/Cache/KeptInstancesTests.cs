using Microsoft.Extensions.Logging;
using Muster.Client.Connection;
using Muster.Client.Discovery;
using Muster.Client.Discovery.Cache;
using Muster.Client.Tests.Scripted;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;
using static Muster.Client.Tests.Discovery.Messages;

namespace Muster.Client.Tests.Discovery.Cache;

/// <summary>Clients that come and go, a registry that does what the test says, a real disk, and a clock that stands still.</summary>
public sealed class KeptInstancesTests : ClientFixture, IDisposable
{
    private readonly Kept.Folder _directory = new();

    void IDisposable.Dispose() => _directory.Dispose();

    [Fact]
    public async Task Watch_RegistryAway_ShowsWhatTheLastClientKnew()
    {
        var port = await KeepAsync("a", "b");
        Clock.Advance(TimeSpan.FromHours(2));
        var directory = NewClient($"127.0.0.1:{port}", _directory.Path).Directory;
        var watch = directory.Watch(Kept.Service);
        var first = watch.FirstViewAsync(CancellationToken.None);
        await Clock.TimerArmedAsync(d => d == ServiceDirectory.FreshPatience).InTime();
        Assert.Equal(ServiceKnowledge.Pending, watch.Current.Knowledge);
        Clock.Advance(ServiceDirectory.FreshPatience);

        var view = await first.InTime();

        Assert.Equal(["a", "b"], view.Instances.Select(i => i.Id));
        Assert.All(view.Instances, i => Assert.Equal(InstanceStatus.Unknown, i.Status));
        Assert.Equal((true, null), (directory.IsStale, directory.SinceLastContact));
        Assert.InRange(view.DiskAge!.Value, TimeSpan.FromHours(2), TimeSpan.FromHours(2.1));
        Assert.Contains(Logged, e => e.Level == LogLevel.Warning && e.Text.Contains("calls go to 2 instances that were kept on disk", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_RegistryAnswersSoon_DiskIsNeverShown()
    {
        var port = await KeepAsync("old");
        await using var registry = await ScriptedRegistry.StartAsync(port);
        var watch = NewClient(registry.Address, _directory.Path).Directory.Watch(Kept.Service);
        var views = new Views(watch);
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Snapshot(last: true, "new"));
        await stream.SendAsync(Progress(9));
        await views.FirstAsync(v => v.Instances.Length == 1);
        Clock.Advance(ServiceDirectory.FreshPatience);
        await stream.SendAsync(Upserted("newer"));
        await stream.SendAsync(Progress(10));
        await views.FirstAsync(v => v.Instances.Length == 2);

        Assert.All(views.Seen, v => Assert.Null(v.DiskAge));
        Assert.All(views.Seen, v => Assert.DoesNotContain(v.Instances, i => i.Id == "old"));
    }

    [Fact]
    public async Task Watch_RegistryBackWithItsStore_ItsFirstAnswerReplacesTheDiskAtOnce()
    {
        var port = await KeepAsync("old");
        var (directory, watch, views) = await StartFromDiskAsync(port);
        // While the client waits: one that was just trying might be in time.
        var due = await Clock.TimerArmedAsync(d => d <= 1.6 * Backoff.FirstDelayMax).InTime();
        await using var registry = await ScriptedRegistry.StartAsync(port);
        Clock.Advance(due);
        var stream = await registry.NextWatchAsync();
        Assert.Null((await stream.ReadAsync()).Subscribe.Resume);
        await stream.SendAsync(Snapshot(last: true, "new"));
        await stream.SendAsync(Progress(9));

        var view = await views.FirstAsync(v => v.DiskAge is null && v.Instances.Length > 0);

        Assert.Equal("new", Assert.Single(view.Instances).Id);
        Assert.False(directory.IsStale);
        Assert.Same(view, watch.Current);
    }

    [Fact]
    public async Task Watch_RegistryBackEmpty_DiskIsCarriedForTheGraceTimeAndNoLonger()
    {
        var port = await KeepAsync("old");
        var (_, watch, views) = await StartFromDiskAsync(port);
        // While the client waits: one that was just trying might be in time.
        var due = await Clock.TimerArmedAsync(d => d <= 1.6 * Backoff.FirstDelayMax).InTime();
        await using var registry = await ScriptedRegistry.StartAsync(port);
        Clock.Advance(due);
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Unknown());
        await stream.SendAsync(Progress(1, "store-2"));
        var carried = await views.FirstAsync(v => v.DiskAge is null && v.Instances.Length > 0);
        Assert.Equal("old", Assert.Single(carried.Instances).Id);
        var grace = await Clock.TimerArmedAsync(d => d > TimeSpan.FromSeconds(29) && d < TimeSpan.FromSeconds(31)).InTime();
        Clock.Advance(grace);

        Assert.Equal(ServiceKnowledge.Unknown, (await views.FirstAsync(v => v.Instances.IsEmpty && v.Revision != Revision.None)).Knowledge);
        Assert.Empty(watch.Current.Instances);
    }

    [Fact]
    public async Task Watch_RegistryBackEmptyAndClientEndsWithinTheGraceTime_FileStays()
    {
        var port = await KeepAsync("old");
        var before = await File.ReadAllBytesAsync(Assert.Single(_directory.Files));
        await using (var registry = await ScriptedRegistry.StartAsync(port))
        {
            var client = NewClient(registry.Address, _directory.Path);
            var views = new Views(client.Directory.Watch(Kept.Service));
            var stream = await registry.NextWatchAsync();
            await stream.SendAsync(Unknown());
            await stream.SendAsync(Progress(1, "store-2"));
            await views.FirstAsync(v => v.Knowledge == ServiceKnowledge.Unknown);
            Clock.Advance(Limits.ForeignStoreGrace - ServiceDirectory.FreshPatience);
            await StopAsync(client);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(Assert.Single(_directory.Files)));
    }

    [Fact]
    public async Task Changed_WrittenByTimer_WithinTheWriteInterval()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var views = new Views(NewClient(registry.Address, _directory.Path).Directory.Watch(Kept.Service));
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));
        await views.FirstAsync(v => v.Instances.Length == 1);
        await Clock.TimerArmedAsync(d => d == ViewCacheStep.WriteInterval).InTime();
        Assert.Empty(_directory.Files);

        // Once it is written, only the next stamp is waited for.
        var written = Clock.TimerArmedAsync(d => d > TimeSpan.FromHours(2));
        Clock.Advance(ViewCacheStep.WriteInterval);
        await written.InTime();

        Assert.Single(_directory.Files);
    }

    [Fact]
    public async Task Watch_FileTooOld_IsIgnoredAndSaysSo()
    {
        var port = await KeepAsync("a");
        Clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromMilliseconds(1));

        await AssertIgnoredAsync(port, LogLevel.Information, "old, and 1.00:00:00 is allowed");
    }

    [Fact]
    public async Task Watch_WallClockSteppedBack_FileIsNotImmortal()
    {
        var port = await KeepAsync("a");
        Clock.StepWallClock(-TimeSpan.FromDays(365));

        await AssertIgnoredAsync(port, LogLevel.Warning, "a clock was set back");
    }

    [Fact]
    public async Task Watch_FileTorn_IsIgnoredAndSaysSo()
    {
        var port = await KeepAsync("a", "b");
        var path = Assert.Single(_directory.Files);
        var content = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, content[..^1]);

        await AssertIgnoredAsync(port, LogLevel.Warning, $"kept in {path} are ignored: it is torn");
    }

    [Fact]
    public async Task Dispose_DirectoryCannotBeMade_OneWarningAndCallsGoOn()
    {
        var file = Path.Combine(_directory.Path, "file");
        await File.WriteAllTextAsync(file, "");
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address, Path.Combine(file, "below"));
        var views = new Views(client.Directory.Watch(Kept.Service));
        var stream = await registry.NextWatchAsync();
        for (var i = 1; i <= 3; i++)
        {
            await stream.SendAsync(Snapshot(last: true, $"a{i}"));
            await stream.SendAsync(Progress((ulong)i));
            await views.FirstAsync(v => v.Instances.Length == 1 && v.Instances[0].Id == $"a{i}");
            var refused = Clock.TimerArmedAsync(d => d == ViewCacheStep.RetryAfter);
            Clock.Advance(await Clock.TimerArmedAsync(d => d <= ViewCacheStep.RetryAfter && d >= ViewCacheStep.WriteInterval).InTime());
            await refused.InTime();
        }

        await StopAsync(client);

        Assert.Single(Logged, e => e.Level == LogLevel.Warning && e.Text.Contains("Instances cannot be kept in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_NothingShownButFromDisk_NothingIsWritten()
    {
        var port = await KeepAsync("a");
        var path = Assert.Single(_directory.Files);
        var before = File.GetLastWriteTimeUtc(path);
        Clock.Advance(TimeSpan.FromHours(20));
        await StartFromDiskAsync(port, stop: true);

        Assert.Equal(before, File.GetLastWriteTimeUtc(path));
        Clock.Advance(TimeSpan.FromHours(4));
        await AssertIgnoredAsync(port, LogLevel.Information, "is allowed");
    }

    [Fact]
    public async Task Watch_CacheOff_TouchesNoDisk()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var views = new Views(client.Directory.Watch(Kept.Service));
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Snapshot(last: true, "a"));
        await stream.SendAsync(Progress(7));
        await views.FirstAsync(v => v.Instances.Length == 1);
        await StopAsync(client);

        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    /// <summary>Runs a client until it has kept instances, and ends it and its registry.</summary>
    /// <returns>The registry's port.</returns>
    private async Task<int> KeepAsync(params string[] ids)
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address, _directory.Path);
        var views = new Views(client.Directory.Watch(Kept.Service));
        var stream = await registry.NextWatchAsync();
        await stream.SendAsync(Snapshot(last: true, ids));
        await stream.SendAsync(Progress(7));
        await views.FirstAsync(v => v.Instances.Length == ids.Length);
        await StopAsync(client);
        return registry.Port;
    }

    private async Task<(IServiceDirectory Directory, IServiceWatch Watch, Views Views)> StartFromDiskAsync(int port, bool stop = false)
    {
        var client = NewClient($"127.0.0.1:{port}", _directory.Path);
        var watch = client.Directory.Watch(Kept.Service);
        var views = new Views(watch);
        await Clock.TimerArmedAsync(d => d == ServiceDirectory.FreshPatience).InTime();
        Clock.Advance(ServiceDirectory.FreshPatience);
        await views.FirstAsync(v => v.DiskAge is not null);
        if (stop)
        {
            await StopAsync(client);
        }

        return (client.Directory, watch, views);
    }

    private async Task AssertIgnoredAsync(int port, LogLevel level, string reason)
    {
        var client = NewClient($"127.0.0.1:{port}", _directory.Path);
        var watch = client.Directory.Watch(Kept.Service);
        await Clock.TimerArmedAsync(d => d == ServiceDirectory.FreshPatience).InTime();
        Clock.Advance(ServiceDirectory.FreshPatience);
        await LoggedAsync(reason);
        await StopAsync(client);

        Assert.Contains(Logged, e => e.Level == level && e.Text.Contains(reason, StringComparison.Ordinal));
        Assert.Equal(ServiceKnowledge.Pending, watch.Current.Knowledge);
    }
}
