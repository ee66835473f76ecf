namespace Muster.Client.Telemetry;

/// <summary>Which of its call's attempts an attempt is.</summary>
/// <param name="StartedAt">When the call began.</param>
/// <param name="Kind">Why there is this one.</param>
/// <param name="Before">The attempt that was sent before it; null if it is the first, or nobody wants to hear of it.</param>
internal readonly record struct AttemptPlace(TimeSpan StartedAt, AttemptKind Kind = AttemptKind.First, AttemptTrace? Before = null);
