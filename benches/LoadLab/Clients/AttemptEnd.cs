using Muster.Core.Model;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>How an attempt ended.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Report">The load report that the response brought; null if there was none.</param>
internal readonly record struct AttemptEnd(AttemptOutcome Outcome, LoadReport? Report);
