namespace Muster.Samples.Worker;

/// <summary>What an increment came to.</summary>
/// <param name="Value">The counter after it.</param>
/// <param name="Repeated">Whether its key had been counted before, so that this is the remembered result.</param>
internal readonly record struct CountedIncrement(long Value, bool Repeated);
