namespace Muster.Client.Resilience;

/// <summary>Allows attempts beyond the first in proportion to calls.</summary>
/// <remarks>
/// Pure but for its own state: calls and time are given. Thread-safe. Calls earn credit, counted in calls, and an attempt costs
/// 100 / percent of them, so that users of different percentages share one credit. Credit that nobody spends fades with a time constant of
/// 10 s: what was earned this morning does not pay for a storm tonight.
/// <para>Where calls are few a floor allows some attempts a second instead, and ten seconds' worth at once. It is the larger of the two that
/// counts, not their sum: each attempt is taken from both, and credit that was not there is owed. So of N calls that all fail, N ×
/// percent / 100 are sent again and not one more, once they are enough to pay back what the floor lent at the start.</para>
/// <para>Nothing is counted by it as calls go by: it looks at their sum when an attempt is asked for.</para>
/// </remarks>
internal sealed class AttemptBudget
{
    private const double FadeSeconds = 10;

    // What the floor lends in half a minute: a service that is called once a minute must not owe for ever.
    private const double OwedAttemptsMax = 100;

    // Below it the difference of two nearly equal numbers says less than the 1 that they tend to.
    private const double TooShortToFade = 1e-6;

    private readonly double _floorPerSecond;

    // Guards all below it: each look reads and writes it together. Taken only by calls that have failed already.
    private readonly Lock _lock = new();
    private double _creditCalls;
    private double _floorAttempts;
    private long _callsSeen;
    private TimeSpan _at;

    /// <summary>Creates a budget without credit, and with a full floor.</summary>
    /// <param name="floorPerSecond">Attempts a second that are allowed however few calls there are; zero: none.</param>
    /// <param name="now">The time.</param>
    public AttemptBudget(double floorPerSecond, TimeSpan now)
    {
        _floorPerSecond = floorPerSecond;
        _floorAttempts = floorPerSecond * FadeSeconds;
        _at = now;
    }

    /// <summary>Asks for one more attempt.</summary>
    /// <param name="calls">Calls so far, ever.</param>
    /// <param name="percent">Attempts for a hundred calls.</param>
    /// <param name="now">The time.</param>
    public bool TryTake(long calls, double percent, TimeSpan now)
    {
        var cost = 100 / percent;
        lock (_lock)
        {
            AccrueLocked(calls, now);
            if (_creditCalls < cost && _floorAttempts < 1)
            {
                return false;
            }

            SpendLocked(cost);
            return true;
        }
    }

    /// <summary>Takes in an attempt that was made without asking.</summary>
    public void Charge(long calls, double percent, TimeSpan now)
    {
        lock (_lock)
        {
            AccrueLocked(calls, now);
            SpendLocked(100 / percent);
        }
    }

    /// <summary>Gives back an attempt that was not made after all.</summary>
    public void Return(double percent)
    {
        lock (_lock)
        {
            _creditCalls += 100 / percent;
            _floorAttempts = Math.Min(_floorAttempts + 1, _floorPerSecond * FadeSeconds);
        }
    }

    private void SpendLocked(double cost)
    {
        _creditCalls = Math.Max(_creditCalls - cost, -OwedAttemptsMax * cost);
        _floorAttempts = Math.Max(0, _floorAttempts - 1);
    }

    private void AccrueLocked(long calls, TimeSpan now)
    {
        // Two that look at once may come in either order.
        var elapsed = Math.Max(0, (now - _at).TotalSeconds);
        var earned = Math.Max(0, calls - _callsSeen);
        var fades = elapsed / FadeSeconds;

        // Calls since the last look are taken to have come evenly; each has faded since it came.
        var kept = fades > TooShortToFade ? (1 - Math.Exp(-fades)) / fades : 1;
        _creditCalls = (Math.Max(0, _creditCalls) * Math.Exp(-fades)) + Math.Min(0, _creditCalls) + (earned * kept);
        _floorAttempts = Math.Min(_floorAttempts + (elapsed * _floorPerSecond), _floorPerSecond * FadeSeconds);
        _callsSeen = Math.Max(calls, _callsSeen);
        _at = now > _at ? now : _at;
    }
}
