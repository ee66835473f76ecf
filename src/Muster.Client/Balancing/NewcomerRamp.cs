namespace Muster.Client.Balancing;

/// <summary>Slow start: what share of traffic an instance gets that has just come.</summary>
/// <remarks>
/// A newcomer has nothing in flight and no history, so every policy that compares would send it everything, while its caches are
/// cold and its code is not compiled yet. It is on probation first: one call, until one has succeeded. From then on its share grows
/// in a straight line with its age, from a tenth; less than that starves it (Envoy's <c>slow_start</c> has the same floor).
/// Where most are newcomers, their shares are lifted (<see cref="Lift"/>): what they are spared, the others have to bear.
/// Thread-safe.
/// </remarks>
internal sealed class NewcomerRamp(TimeSpan joinedAt, TimeSpan length)
{
    private const double ShareMin = 0.1;

    private volatile bool _hasSucceeded;
    private double _lift;

    public TimeSpan Until => joinedAt + length;

    /// <summary>How much of what is missing to full service it gets all the same, 0 to 1.</summary>
    public double Lift
    {
        get => Volatile.Read(ref _lift);
        set => Volatile.Write(ref _lift, value);
    }

    public void OnSuccess()
    {
        // Read first: after the first success this line must not be written by every call.
        if (!_hasSucceeded)
        {
            _hasSucceeded = true;
        }
    }

    public double ShareAt(TimeSpan now, int inFlight)
    {
        if (now >= Until)
        {
            return 1;
        }

        var share = ShareByAge(now);
        return !_hasSucceeded && inFlight > 0 ? 0 : share + ((1 - share) * Lift);
    }

    /// <summary>Its share if it were the only newcomer.</summary>
    public double ShareByAge(TimeSpan now) => Math.Clamp((now - joinedAt) / length, ShareMin, 1);

    public bool IsOnProbation(TimeSpan now) => !_hasSucceeded && now < Until;
}
