namespace Muster.Client.Resilience;

/// <summary>How the calls to one instance went, ever or in one interval.</summary>
/// <param name="Successes">Attempts in which the instance did its part, or was too busy to.</param>
/// <param name="Failures">Attempts in which it did not.</param>
/// <param name="Answered">How long those took in which it did its part.</param>
/// <param name="GivenUp">How long those had taken that their callers gave up; they are among neither of the first two.</param>
internal readonly record struct CallCounts(long Successes, long Failures, CallTimes Answered, CallTimes GivenUp)
{
    public long Total => Successes + Failures;

    public double SuccessRate => (double)Successes / Total;

    /// <summary>Calls that say something of how long calls take.</summary>
    public long Timed => Answered.Count + GivenUp.Count;

    /// <summary>How long a call takes. One that was given up took at least as long as it had by then: so such calls count where they make the
    /// mean longer. Of an instance that hangs they are all that there is.</summary>
    public double MeanLatencyMilliseconds => Math.Max(Answered.Mean, (Answered + GivenUp).Mean);

    public static CallCounts operator -(CallCounts a, CallCounts b) => new(
        a.Successes - b.Successes, a.Failures - b.Failures, a.Answered - b.Answered, a.GivenUp - b.GivenUp);
}
