namespace Muster.Client.Resilience;

/// <summary>The attempts of one call so far, all of which failed.</summary>
/// <param name="All">All of them.</param>
/// <param name="NeverRan">Those that the instance refused before any of the request ran, and those that did not get so far.</param>
/// <param name="ConnectFailed">Those that found no connection.</param>
internal readonly record struct AttemptCounts(int All, int NeverRan, int ConnectFailed)
{
    /// <summary>Those that <see cref="RetryOptions.AttemptsMax"/> counts. gRFC A6: not those that never left, and not the first that was
    /// refused unread.</summary>
    public int Counted => All - ConnectFailed - Math.Min(1, NeverRan);
}
