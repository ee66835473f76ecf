namespace Muster.Simulation;

/// <summary>Something that is to happen in a process.</summary>
internal readonly record struct Happening(SimProcess Process, object Lane, Action Action);
