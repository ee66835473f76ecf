using System.Net;
using System.Net.Sockets;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

/// <summary>A port that refuses connections, and that nobody else can take meanwhile: bound, but not listening.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort(string id)
    {
        Id = id;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public string Id { get; }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public InstanceView View => Instances.At(Port, Id);

    public void Dispose() => _socket.Dispose();
}
