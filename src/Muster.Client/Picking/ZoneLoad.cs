namespace Muster.Client.Picking;

/// <summary>How busy the instances of a zone, or of all others, are.</summary>
/// <param name="Utilization">The mean of what they report; null if none reported lately.</param>
/// <param name="Milliseconds">How long calls from here take there: by Little's law, calls in flight per call that is sent a second. Null
/// if there were too few lately.</param>
internal readonly record struct ZoneLoad(double? Utilization, double? Milliseconds);
