namespace Muster.Bench.LoadLab.Engine;

/// <summary>What may happen at any time. What happens a fixed time after something else waits in a <see cref="DelayLine{T}"/>.</summary>
internal enum HappeningKind
{
    /// <summary>A core has done an attempt; the subject is the attempt.</summary>
    Served,

    /// <summary>An answer that was held up goes out; the subject is the attempt.</summary>
    Released,

    /// <summary>A planned change of the world; the subject is its number.</summary>
    Planned,
}
