namespace Muster.Registry;

/// <summary>This registry node.</summary>
/// <param name="Name">Unique among the nodes; new for each start.</param>
/// <param name="ListensBeyondLoopback">Whether callers and providers may be on other machines.</param>
internal sealed record NodeIdentity(string Name, bool ListensBeyondLoopback);
