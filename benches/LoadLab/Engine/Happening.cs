namespace Muster.Bench.LoadLab.Engine;

/// <summary>Something that happens, and to what.</summary>
internal readonly record struct Happening(HappeningKind Kind, int Subject);
