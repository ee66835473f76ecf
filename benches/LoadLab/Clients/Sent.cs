namespace Muster.Bench.LoadLab.Clients;

/// <summary>An attempt that is on its way.</summary>
/// <param name="Server">Where to.</param>
/// <param name="Token">What its client knows it by.</param>
/// <param name="At">When it was picked.</param>
internal readonly record struct Sent(int Server, object? Token, TimeSpan At);
