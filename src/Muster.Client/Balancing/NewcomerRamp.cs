namespace Muster.Client.Balancing;

/// <summary>Slow start: what share of traffic an instance gets that has just come.</summary>
/// <remarks>
/// A newcomer has nothing in flight and no history, so every policy that compares would send it everything, while its caches are
/// cold and its code is not compiled yet. It is on probation first: one call, until one has succeeded. From then on its share grows
/// in a straight line with its age, from a tenth; less than that starves it (Envoy's <c>slow_start</c> has the same floor).
/// Thread-safe: one flag, set once.
/// </remarks>
internal sealed class NewcomerRamp(TimeSpan joinedAt, TimeSpan length)
{
    private const double ShareMin = 0.1;

    private volatile bool _hasSucceeded;

    public TimeSpan Until => joinedAt + length;

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
        var age = now - joinedAt;
        if (age >= length)
        {
            return 1;
        }

        return !_hasSucceeded && inFlight > 0 ? 0 : Math.Max(ShareMin, age / length);
    }

    public bool IsOnProbation(TimeSpan now) => !_hasSucceeded && now < Until;
}
