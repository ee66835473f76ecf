using Microsoft.AspNetCore.Connections.Features;

namespace Muster.AspNetCore.Connections;

/// <summary>One open connection: how many requests run on it, and whether it is time for it to go.</summary>
/// <remarks>
/// <para>Thread-safe. An HTTP/1.1 connection goes by its next response, which says <c>Connection: close</c>; nothing on it is ever cut.
/// An HTTP/2 connection is told by GOAWAY, serves what runs, and is cut after the grace.</para>
/// <para>One that is idle when its time comes stays until its next request: closing it could cross with one that is just on its way,
/// which would fail for nothing. One that stays idle, the server closes anyway.</para>
/// </remarks>
internal sealed class OpenConnection(
    OpenConnections owner, IConnectionLifetimeFeature lifetime, IConnectionLifetimeNotificationFeature? notification, bool isHttp2)
{
    // Written by the timer and by requests. A request that comes counts itself, then looks whether it is time; the timer says that
    // it is time, then looks whether a request runs. So one of them sees the other, and the connection is told.
    private int _running;
    private int _isDue;

    private int _isTold;
    private ITimer? _timer;

    /// <summary>Whether its next response is its last one.</summary>
    public bool IsDue => Volatile.Read(ref _isDue) != 0;

    /// <summary>Its first request is here.</summary>
    public void Start(TimeProvider timeProvider, TimeSpan? age, CancellationToken leaving)
    {
        if (age is { } due)
        {
            // Armed once it is in its field: a short age may be over before.
            _timer = timeProvider.CreateTimer(
                static state => ((OpenConnection)state!).OnTime(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }

        var leave = leaving.UnsafeRegister(static state => ((OpenConnection)state!).Close(), this);
        lifetime.ConnectionClosed.UnsafeRegister(
            _ =>
            {
                owner.Remove(lifetime);
                leave.Unregister();
                _timer?.Dispose();
            },
            null);
    }

    /// <summary>A request begins on it.</summary>
    public void Enter()
    {
        Interlocked.Increment(ref _running);
        if (IsDue)
        {
            Tell();
        }
    }

    /// <summary>A request has ended on it.</summary>
    public void Exit() => Interlocked.Decrement(ref _running);

    private void OnTime()
    {
        if (Volatile.Read(ref _isTold) != 0)
        {
            owner.OnCut(Volatile.Read(ref _running));
            lifetime.Abort();
            return;
        }

        Interlocked.Exchange(ref _isDue, 1);
        if (Volatile.Read(ref _running) > 0)
        {
            Tell();
        }
    }

    private void Tell()
    {
        if (!isHttp2 || Interlocked.Exchange(ref _isTold, 1) != 0)
        {
            return;
        }

        Close();
        if (owner.Grace is { } grace)
        {
            _timer?.Change(grace, Timeout.InfiniteTimeSpan);
        }
    }

    // Kestrel then sends GOAWAY, serves what runs and what was sent before the caller read that, and closes. Never with HTTP/1.1,
    // where it would close an idle connection under a request that is on its way.
    private void Close()
    {
        if (isHttp2)
        {
            notification?.RequestClose();
        }
    }
}
