namespace Muster.Core.Calls;

/// <summary>Counts calls of the recent past: of the running period and of the one before, so of one to two
/// <see cref="Limits.CallPeriod"/>. Two pairs of numbers instead of a list of times.</summary>
internal struct CallWindow
{
    private TimeSpan _began;
    private ulong _calls;
    private ulong _failures;
    private ulong _callsBefore;
    private ulong _failuresBefore;

    public void Add(ulong calls, ulong failures, TimeSpan now)
    {
        Turn(now);
        _calls = Sums.Add(_calls, calls);
        _failures = Sums.Add(_failures, failures);
    }

    public (ulong Calls, ulong Failures) Read(TimeSpan now)
    {
        Turn(now);
        return (Sums.Add(_calls, _callsBefore), Sums.Add(_failures, _failuresBefore));
    }

    private void Turn(TimeSpan now)
    {
        var periods = Math.Floor((now - _began) / Limits.CallPeriod);
        if (periods < 1)
        {
            return;
        }

        (_callsBefore, _failuresBefore) = periods < 2 ? (_calls, _failures) : (0, 0);
        (_calls, _failures) = (0, 0);
        _began += periods * Limits.CallPeriod;
    }
}
