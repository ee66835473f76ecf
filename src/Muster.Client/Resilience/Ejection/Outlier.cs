namespace Muster.Client.Resilience;

/// <summary>An instance that outlier detection sets aside.</summary>
/// <param name="Index">Which one, in the order of the counts.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct Outlier(int Index, BreakerReason Reason);
