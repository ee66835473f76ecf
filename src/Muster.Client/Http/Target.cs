namespace Muster.Client.Http;

/// <summary>An instance that may be called, and the connections to the endpoint that is wanted of it.</summary>
internal readonly record struct Target(Member Member, InstanceConnections Connections);
