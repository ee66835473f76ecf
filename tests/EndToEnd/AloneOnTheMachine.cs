namespace Muster.EndToEnd;

/// <summary>For tests that keep every core busy: they run after all others, one at a time, so that they cost nobody's
/// deadline.</summary>
[CollectionDefinition(nameof(AloneOnTheMachine), DisableParallelization = true)]
public sealed class AloneOnTheMachine;
