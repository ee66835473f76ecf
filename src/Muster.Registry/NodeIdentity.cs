namespace Muster.Registry;

/// <summary>This registry node.</summary>
/// <param name="Name">Unique among the nodes; new for each start.</param>
internal sealed record NodeIdentity(string Name);
