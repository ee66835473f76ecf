using Muster.Client.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>What makes connections, without a handler around it.</summary>
internal static class Connectors
{
    public static ConnectionFactory Factory(TimeProvider clock, TlsClient? tls = null) =>
        new("calculator", new ConnectTurns(clock), tls ?? new TlsClient(null));

    public static InstanceConnector To(int port, ConnectionFactory factory, string host = "127.0.0.1", string scheme = "http") =>
        new(host, new Endpoint(Endpoint.DefaultName, scheme, EndpointProtocol.Http1, port), TimeSpan.FromSeconds(1), factory, _ => { });
}
