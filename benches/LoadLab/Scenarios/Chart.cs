namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>What a chart of curves shows.</summary>
/// <param name="Name">Names its curves, and its file.</param>
/// <param name="Title">A line above it.</param>
/// <param name="XLabel">What goes to the right, with its unit.</param>
/// <param name="YLabel">What goes up, with its unit.</param>
/// <param name="IsLogarithmic">Whether each doubling goes up by the same.</param>
/// <param name="YMax">What is above is cut off; null for nothing.</param>
/// <param name="Shade">From where to where something is wrong; null for nowhere.</param>
internal sealed record Chart(string Name, string Title, string XLabel, string YLabel, bool IsLogarithmic = false, double? YMax = null, (double From, double To)? Shade = null);
