using Muster.Client.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>What makes connections, without a handler around it.</summary>
internal static class Connectors
{
    public static ConnectionFactory Factory(TimeProvider clock) => new("calculator", new ConnectTurns(clock), new TlsClient(null));

    public static InstanceConnector To(
        int port, ConnectionFactory factory, string host = "127.0.0.1", Action<Exception>? onFailed = null) => new(
        host, new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http1, port), TimeSpan.FromSeconds(1), factory,
        onFailed ?? (_ => { }));
}
