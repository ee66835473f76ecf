using Muster.Client.Balancing;

namespace Muster.Client.Resilience;

/// <summary>Sets an instance aside for a while after it could not be connected to.</summary>
/// <remarks>
/// Pure but for its own state: time and randomness are given. Thread-safe.
/// <list type="table">
/// <item><term>fine</term><description>no failure since the last success; it may be picked.</description></item>
/// <item><term>set aside</term><description>after a failure, for 1 s × 1.6 per further failure, at most 120 s, each ± 20 % (the
/// figures of gRPC's connection back-off), so that many clients do not come back at once.</description></item>
/// <item><term>on trial</term><description>that time has passed: the first call that picks it tries it, and meanwhile it stays
/// set aside for all others, for as long as a connection may take. Success makes it fine, failure sets it aside for
/// longer.</description></item>
/// </list>
/// </remarks>
internal sealed class ConnectBackoff
{
    private const double Multiplier = 1.6;
    private const double Jitter = 0.2;
    private static readonly TimeSpan Initial = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(120);

    // Guards the three fields below, which each transition reads and writes together. The flag beside them is read without it, by every pick.
    private readonly Lock _lock = new();
    private TimeSpan _next = Initial;
    private bool _onTrial;
    private TimeSpan _until;
    private volatile bool _isSuspect;

    /// <summary>Whether it failed since its last success. One volatile read.</summary>
    public bool IsSuspect => _isSuspect;

    /// <summary>Until when it is set aside; null if it is not.</summary>
    public TimeSpan? SetAsideUntil(TimeSpan now)
    {
        if (!_isSuspect)
        {
            return null;
        }

        lock (_lock)
        {
            return _isSuspect && now < _until ? _until : null;
        }
    }

    /// <summary>A connection could not be made.</summary>
    /// <remarks>All calls that waited for one connection fail together, and a call that had nothing better may try an instance
    /// that is set aside: none of these makes it longer.</remarks>
    /// <returns>Whether this set it aside.</returns>
    public bool OnFailure(TimeSpan now, PickRandom random)
    {
        lock (_lock)
        {
            if (_isSuspect && !_onTrial && now < _until)
            {
                return false;
            }

            _isSuspect = true;
            _onTrial = false;
            _until = now + (_next * (1 - Jitter + (2 * Jitter * random.NextDouble())));
            _next = _next * Multiplier < Max ? _next * Multiplier : Max;
            return true;
        }
    }

    /// <summary>The instance answered.</summary>
    /// <returns>Whether it was suspect until now.</returns>
    public bool OnSuccess()
    {
        if (!_isSuspect)
        {
            return false;
        }

        lock (_lock)
        {
            _isSuspect = false;
            _onTrial = false;
            _next = Initial;
            return true;
        }
    }

    /// <summary>Claims the trial of an instance whose time has passed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="length">How long the trial may take.</param>
    /// <returns>Whether the caller is the one who tries.</returns>
    public bool TryBeginTrial(TimeSpan now, TimeSpan length)
    {
        lock (_lock)
        {
            if (!_isSuspect || now < _until)
            {
                return false;
            }

            _onTrial = true;
            _until = now + length;
            return true;
        }
    }
}
