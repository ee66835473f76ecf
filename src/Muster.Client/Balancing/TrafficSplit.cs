namespace Muster.Client.Balancing;

/// <summary>A share of the calls for some of the instances.</summary>
/// <remarks>If one side has nobody who may be called, or nobody but such as have timed out or are set aside while the other has better
/// ones, the other takes all. A call that is tried again may go to either side.</remarks>
/// <param name="Selector">Which instances, by metadata: <c>canary=true</c>. At most <see cref="Core.Limits.SelectorCharsMax"/> characters;
/// empty is refused.</param>
/// <param name="Percent">Their share of all calls, in percent. Allowed: 0 to 100, fractions included; 0 sends them nothing as long as
/// there are others.</param>
public sealed record TrafficSplit(string Selector, double Percent);
