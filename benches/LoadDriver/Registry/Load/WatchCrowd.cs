using System.Diagnostics;
using Muster.Bench.LoadDriver.Http2;
using Muster.Bench.LoadDriver.Registry.Systems;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Many watchers of one service, that see one change at a time.</summary>
internal sealed class WatchCrowd : IAsyncDisposable
{
    private readonly Fleet _fleet;
    private readonly MessageCheck? _opens;
    private readonly MessageCheck _isChange;
    private readonly int _watchers;
    private TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing;
    private long _lastAt;

    private WatchCrowd(Fleet fleet, MessageCheck? opens, MessageCheck isChange, int watchers)
    {
        _fleet = fleet;
        _opens = opens;
        _isChange = isChange;
        _watchers = watchers;
        _missing = watchers;
    }

    /// <summary>Opens the watches, by turns over the connections, and returns when each has had its first message.</summary>
    /// <param name="side">Whom to watch.</param>
    /// <param name="service">What.</param>
    /// <param name="watchers">How many.</param>
    /// <param name="connections">On how many connections.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="isStalling">Whether they read nothing from then on.</param>
    /// <param name="isLiveness">What they wait for: changes of liveness, after the first message about it; null waits for changes
    /// of records.</param>
    public static async Task<WatchCrowd> GatherAsync(
        Contestant side, int service, int watchers, int connections, CancellationToken cancellationToken,
        bool isStalling = false, MessageCheck? isLiveness = null)
    {
        var fleet = await Fleet.ConnectAsync(side.Server.EndPoint, connections, cancellationToken);
        var crowd = new WatchCrowd(fleet, isLiveness, isLiveness ?? side.Dialect.IsChange, watchers);
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
        if (isStalling)
        {
            foreach (var connection in fleet.Connections)
            {
                connection.StopReading();
            }
        }

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
                _isOpen = crowd._opens?.Invoke(message) ?? true;
                if (_isOpen)
                {
                    crowd.OnSeen();
                }
            }
            else if (crowd._isChange(message))
            {
                crowd.OnSeen();
            }
        }

        public override void OnEnd(FrameConnection connection, string? failure) =>
            crowd._seen.TrySetException(new InvalidOperationException($"A watch ended: {failure ?? "by its server"}"));
    }
}
