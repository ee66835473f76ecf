using Muster.Client.Http;

namespace Muster.Client.Picking;

/// <summary>An instance that may be called, and the connections to the endpoint that is wanted of it.</summary>
internal readonly record struct Target(Member Member, InstanceConnections Connections);
