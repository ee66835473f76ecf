namespace Muster.Core.Model;

/// <summary>Why and when an instance left, and what shows it.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Evidence">A sentence: last heartbeat, state of the stream, who asked.</param>
/// <param name="At">By the registry's wall clock; for display only.</param>
public sealed record Removal(RemovalReason Reason, string Evidence, DateTimeOffset At);
