namespace Muster.Client.Picking;

/// <summary>How many instances a selection leaves out, by reason, for error messages.</summary>
/// <param name="Mismatched">They may be called, but do not offer what is asked for.</param>
/// <param name="Ejected">Their circuit is open.</param>
/// <param name="Full">They have as many calls in flight as is allowed.</param>
internal readonly record struct Exclusions(int Mismatched, int Ejected, int Full);
