using Muster.AspNetCore;
using Muster.Core.Model;

namespace Muster.Samples.Worker;

/// <summary>A CPU load that wanders between 0 and 100 %, so that a policy which looks at load has something to see on an idle
/// machine.</summary>
/// <remarks>Thread-safe. It moves with time, not with how often it is asked; the same seed gives the same walk.</remarks>
internal sealed class RandomWalkLoad : ILoadSource
{
    /// <summary>How often it takes a step: as often as reports may leave.</summary>
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    // From one end to the other in about four seconds if it always went the same way; in fact it takes a minute or so,
    // which is slow enough to follow by eye and quick enough to see the balancer follow.
    private const double StrideMax = 0.025;

    // After a long pause the walk is anywhere; a minute of steps gets it there without a long loop.
    private const int StepsMax = 1200;

    private readonly Random _random;
    private readonly TimeProvider _timeProvider;

    private readonly long _startedAt;

    // Guards the random source, which is not thread-safe, and the fields below: two requests that end together would else
    // both take the same step.
    private readonly Lock _lock = new();
    private long _stepsTaken;
    private double _share;

    /// <summary>Creates a walk that starts anywhere.</summary>
    public RandomWalkLoad(int seed, TimeProvider timeProvider)
    {
        _random = new Random(seed);
        _timeProvider = timeProvider;
        _share = _random.NextDouble();
        _startedAt = timeProvider.GetTimestamp();
    }

    /// <inheritdoc />
    public LoadReport Current => new() { CpuUtilization = Advance() };

    private double Advance()
    {
        lock (_lock)
        {
            // Counted from the start, so that the walk does not depend on when it was asked.
            var stepsDue = (long)(_timeProvider.GetElapsedTime(_startedAt) / Step);
            for (var i = Math.Max(_stepsTaken, stepsDue - StepsMax); i < stepsDue; i++)
            {
                _share = Reflect(_share + (((_random.NextDouble() * 2) - 1) * StrideMax));
            }

            _stepsTaken = stepsDue;
            return _share;
        }
    }

    // At an end it turns round; cutting it off there would keep it at the end for half of the steps.
    private static double Reflect(double share) => share switch
    {
        < 0 => -share,
        > 1 => 2 - share,
        _ => share,
    };
}
