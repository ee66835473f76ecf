using Microsoft.AspNetCore.Connections.Features;

namespace Muster.AspNetCore.Connections;

/// <summary>One open connection: how many requests run on it, and whether it is time for it to go.</summary>
/// <remarks>
/// <para>Thread-safe. An HTTP/1.1 connection goes by its next response, which says <c>Connection: close</c>; nothing on it is ever cut.
/// An HTTP/2 connection is told by GOAWAY, serves what runs, and is cut after the grace.</para>
/// <para>One that is idle when its time comes, or when the app leaves, stays until its next request: closing it could cross with one
/// that is just on its way, which would fail for nothing. One that stays idle, the server closes anyway.</para>
/// </remarks>
internal sealed class OpenConnection(
    OpenConnections owner, IConnectionLifetimeFeature lifetime, IConnectionLifetimeNotificationFeature? notification, bool isHttp2,
    TimeProvider timeProvider)
{
    // Written by the timer and by requests. A request that comes counts itself, then looks whether it is time; the timer says that
    // it is time, then looks whether a request runs. So one of them sees the other, and the connection is told.
    private int _running;
    private int _isDue;

    private int _isTold;
    private ITimer? _age;
    private ITimer? _grace;

    /// <summary>Whether its next response is its last one.</summary>
    public bool IsDue => Volatile.Read(ref _isDue) != 0;

    /// <summary>Its first request is here.</summary>
    public void Start(TimeSpan? age, CancellationToken leaving)
    {
        if (age is { } due)
        {
            _age = timeProvider.CreateTimer(
                static state => ((OpenConnection)state!).Leave(), this, due, Timeout.InfiniteTimeSpan);
        }

        var leave = leaving.UnsafeRegister(static state => ((OpenConnection)state!).Leave(), this);
        lifetime.ConnectionClosed.UnsafeRegister(
            _ =>
            {
                owner.Remove(lifetime);
                leave.Unregister();
                _age?.Dispose();
                _grace?.Dispose();
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

    private void Leave()
    {
        Interlocked.Exchange(ref _isDue, 1);
        if (Volatile.Read(ref _running) > 0)
        {
            Tell();
        }
    }

    private void Tell()
    {
        // Never with HTTP/1.1, where it would close an idle connection under a request that is on its way.
        if (!isHttp2 || Interlocked.Exchange(ref _isTold, 1) != 0)
        {
            return;
        }

        // Kestrel then sends GOAWAY, serves what runs and what was sent before the caller had read that, and closes.
        notification?.RequestClose();
        if (owner.Grace is not { } grace)
        {
            return;
        }

        _grace = timeProvider.CreateTimer(static state => ((OpenConnection)state!).Cut(), this, grace, Timeout.InfiniteTimeSpan);
        if (lifetime.ConnectionClosed.IsCancellationRequested)
        {
            // It closed before the timer was in its field, so nobody else disposes it.
            _grace.Dispose();
        }
    }

    private void Cut()
    {
        owner.OnCut(Volatile.Read(ref _running));
        lifetime.Abort();
    }
}
