using System.Collections.Immutable;

namespace Muster.Core.Fanout;

/// <summary>What a drain came to: who sends the instance no more calls, and of whom that is not known.</summary>
/// <param name="AcknowledgedCount">Watchers whose pickers leave the instance out.</param>
/// <param name="Laggards">The others, in the order in which they began to watch.</param>
public sealed record DrainOutcome(int AcknowledgedCount, ImmutableArray<DrainLaggard> Laggards);
