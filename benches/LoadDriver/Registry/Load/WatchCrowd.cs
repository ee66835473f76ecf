using System.Diagnostics;
using Muster.Bench.LoadDriver.Http2;
using Muster.Bench.LoadDriver.Registry.Systems;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Many watchers of one service, that see one change at a time.</summary>
internal sealed class WatchCrowd : IAsyncDisposable
{
    private readonly Fleet _fleet;
    private readonly IDialect _dialect;
    private readonly int _watchers;
    private TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing;
    private long _lastAt;

    private WatchCrowd(Fleet fleet, IDialect dialect, int watchers)
    {
        _fleet = fleet;
        _dialect = dialect;
        _watchers = watchers;
        _missing = watchers;
    }

    /// <summary>Opens the watches, by turns over the connections, and returns when each has had its first message.</summary>
    public static async Task<WatchCrowd> GatherAsync(
        Contestant side, int service, int watchers, int connections, CancellationToken cancellationToken)
    {
        var crowd = new WatchCrowd(await Fleet.ConnectAsync(side.Server.EndPoint, connections, cancellationToken), side.Dialect, watchers);
        var first = side.Dialect.Watch(service);
        for (var i = 0; i < watchers; i++)
        {
            crowd._fleet.Connections[i % connections].Start(new Watcher(crowd), side.Dialect.WatchPath, first, isLast: false);
        }

        foreach (var connection in crowd._fleet.Connections)
        {
            connection.Flush();
        }

        await crowd._seen.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        return crowd;
    }

    /// <summary>Completes when every watcher has seen the next change.</summary>
    public Task NextChange()
    {
        _seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _missing, _watchers);
        return _seen.Task;
    }

    /// <summary>When the last watcher saw the change.</summary>
    /// <param name="started">A time stamp.</param>
    public TimeSpan LastSeenAfter(long started) => Stopwatch.GetElapsedTime(started, Volatile.Read(ref _lastAt));

    public ValueTask DisposeAsync() => _fleet.DisposeAsync();

    private void OnSeen()
    {
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            Volatile.Write(ref _lastAt, Stopwatch.GetTimestamp());
            _seen.TrySetResult();
        }
    }

    private sealed class Watcher(WatchCrowd crowd) : FrameStream
    {
        private bool _isOpen;

        protected override void OnMessage(FrameConnection connection, ReadOnlySpan<byte> message)
        {
            if (!_isOpen)
            {
                _isOpen = true;
                crowd.OnSeen();
            }
            else if (crowd._dialect.IsChange(message))
            {
                crowd.OnSeen();
            }
        }

        public override void OnEnd(FrameConnection connection, string? failure) =>
            crowd._seen.TrySetException(new InvalidOperationException($"A watch ended: {failure ?? "by its server"}"));
    }
}
