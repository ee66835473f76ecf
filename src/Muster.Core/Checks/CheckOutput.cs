using Muster.Core.Model;

namespace Muster.Core.Checks;

/// <summary>What the check table decided. A closed set: the nested types are all there are.</summary>
public abstract record CheckOutput
{
    private CheckOutput()
    {
    }

    /// <summary>Probe this now, and say how it ended by <see cref="CheckTable.Complete"/>, always, and once.</summary>
    /// <param name="Target">What.</param>
    /// <param name="Number">Names the probe.</param>
    public sealed record Probe(CheckTarget Target, long Number) : CheckOutput;

    /// <summary>An instance fares otherwise than before.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Before">How it fared.</param>
    /// <param name="Signs">How it fares now, and what shows it; <see cref="Health.Unknown"/> where nothing is known any more.</param>
    public sealed record HealthChanged(InstanceKey Instance, Health Before, CheckSigns Signs) : CheckOutput;

    /// <summary>An instance has failed for as long as its check allows: it is to be removed. Said again with each further failure.</summary>
    /// <param name="Target">Which.</param>
    /// <param name="Signs">What shows it.</param>
    public sealed record Overdue(CheckTarget Target, CheckSigns Signs) : CheckOutput;
}
