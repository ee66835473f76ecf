namespace Muster.Core.Fanout;

/// <summary>A watcher that did not acknowledge a drain.</summary>
/// <param name="Name">Who watches, for people.</param>
/// <param name="Why">Why not.</param>
public sealed record DrainLaggard(string Name, DrainSilence Why);
