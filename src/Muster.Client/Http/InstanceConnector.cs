using System.Net;
using System.Net.Sockets;

namespace Muster.Client.Http;

/// <summary>Connects to one host and port, whatever the request's URI says.</summary>
/// <remarks>So the URI keeps the service's name: nothing is rewritten per call, and authority and TLS name stay logical. A
/// handler with a callback of its own is also left alone by gRPC libraries that would install theirs.</remarks>
internal sealed class InstanceConnector(string host, int port, TimeSpan connectTimeout, ConnectionFactory factory)
{
    // Parsed once; a name is resolved with each connection, because it may move.
    private readonly EndPoint _endPoint = IPAddress.TryParse(host, out var address)
        ? new IPEndPoint(address, port)
        : new DnsEndPoint(host, port);

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        await factory.WaitTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ConnectInTimeAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            factory.EndTurn();
        }
    }

    private async Task<Stream> ConnectInTimeAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(connectTimeout, factory.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ConnectAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        // Without a family the socket speaks both, which a name that may resolve to either needs.
        var socket = _endPoint is IPEndPoint ip
            ? new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Requests are written whole; waiting for more to fill a segment only delays them.
            socket.NoDelay = true;
            await socket.ConnectAsync(_endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
