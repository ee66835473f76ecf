using System.Net;
using System.Net.Sockets;

namespace Muster.Client.Http;

/// <summary>Connects to one host and port, whatever the request's URI says.</summary>
/// <remarks>So the URI keeps the service's name: nothing is rewritten per call, and authority and TLS name stay logical. A
/// handler with a callback of its own is also left alone by gRPC libraries that would install theirs.</remarks>
internal sealed class InstanceConnector(string host, int port, TimeSpan connectTimeout, ConnectionFactory factory) : IDisposable
{
    /// <summary>How long a connection that nobody has asked for is kept. Servers close idle ones on their side after a minute or two.</summary>
    internal static readonly TimeSpan SpareMax = TimeSpan.FromSeconds(30);

    // Parsed once; a name is resolved with each connection, because it may move.
    private readonly EndPoint _endPoint = IPAddress.TryParse(host, out var address)
        ? new IPEndPoint(address, port)
        : new DnsEndPoint(host, port);

    private volatile bool _isWarm;
    private volatile bool _wasAsked;
    private volatile bool _closed;
    private SpareConnection? _spare;

    /// <summary>Whether nobody has made a connection yet, or is about to.</summary>
    public bool IsCold => !_isWarm && !_wasAsked;

    /// <summary>Makes one connection before the first call needs it, once in a life.</summary>
    /// <param name="delay">Not all at once.</param>
    public void WarmUp(TimeSpan delay)
    {
        if (!_isWarm)
        {
            _isWarm = true;
            _ = MakeSpareAsync(delay);
        }
    }

    public void Dispose()
    {
        _closed = true;
        Interlocked.Exchange(ref _spare, null)?.GiveUp();
    }

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        _wasAsked = true;
        if (Interlocked.Exchange(ref _spare, null) is { } spare
            && await spare.TakeAsync(cancellationToken).ConfigureAwait(false) is { } socket)
        {
            return new NetworkStream(socket, ownsSocket: true);
        }

        return new NetworkStream(await ConnectInTurnAsync(cancellationToken).ConfigureAwait(false), ownsSocket: true);
    }

    // Nobody waits for it, so nothing may escape. What failed a call finds out by itself.
    private async Task MakeSpareAsync(TimeSpan delay)
    {
        await Task.Delay(delay, factory.TimeProvider).ConfigureAwait(false);
        await factory.WaitSpareTurnAsync().ConfigureAwait(false);
        try
        {
            // A call that came meanwhile has made its own.
            if (_wasAsked || _closed)
            {
                return;
            }

            var spare = new SpareConnection();
            Volatile.Write(ref _spare, spare);
            await FillAsync(spare).ConfigureAwait(false);
        }
        finally
        {
            factory.EndSpareTurn();
        }
    }

    private async Task FillAsync(SpareConnection spare)
    {
        try
        {
            var socket = await ConnectInTurnAsync(CancellationToken.None).ConfigureAwait(false);
            spare.Limit(factory.TimeProvider.CreateTimer(_ => GiveUp(spare), null, SpareMax, Timeout.InfiniteTimeSpan));
            spare.OnMade(socket);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or NoTurnException)
        {
            Interlocked.CompareExchange(ref _spare, null, spare);
            spare.OnFailed(e);
        }

        if (_closed)
        {
            GiveUp(spare);
        }
    }

    private void GiveUp(SpareConnection spare)
    {
        if (Interlocked.CompareExchange(ref _spare, null, spare) == spare)
        {
            spare.GiveUp();
        }
    }

    private async Task<Socket> ConnectInTurnAsync(CancellationToken cancellationToken)
    {
        await factory.Line.WaitAsync(connectTimeout, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ConnectInTimeAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            factory.Line.End();
        }
    }

    private async Task<Socket> ConnectInTimeAsync(CancellationToken cancellationToken)
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

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
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
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
