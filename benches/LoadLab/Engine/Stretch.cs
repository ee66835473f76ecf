namespace Muster.Bench.LoadLab.Engine;

/// <summary>A time in which arrivals come at one rate.</summary>
internal readonly record struct Stretch(TimeSpan Duration, double PerSecond);
