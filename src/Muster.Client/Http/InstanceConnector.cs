using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>Connects to one host and port, whatever the request's URI says.</summary>
/// <remarks>So the URI keeps the service's name: nothing is rewritten per call, and authority and TLS name stay logical. A
/// handler with a callback of its own is also left alone by gRPC libraries that would install theirs.
/// <para>A connection to an endpoint that speaks https is secured here: the handshake is part of making it, so it needs the turn and has to
/// end in time. The handler takes a stream that is an <see cref="System.Net.Security.SslStream"/> as it is.</para></remarks>
/// <param name="host">The instance's address or name.</param>
/// <param name="endpoint">Its endpoint.</param>
/// <param name="connectTimeout">How long a connection may take to be made, the handshake included.</param>
/// <param name="factory">What it shares with others.</param>
internal sealed class InstanceConnector(string host, Endpoint endpoint, TimeSpan connectTimeout, ConnectionFactory factory) : IDisposable
{
    /// <summary>How long a connection that nobody has asked for is kept. Servers close idle ones on their side after a minute or two.</summary>
    internal static readonly TimeSpan SpareMax = TimeSpan.FromSeconds(30);

    // Parsed once; a name is resolved with each connection, because it may move.
    private readonly IPAddress? _address = IPAddress.TryParse(host, out var address) ? address : null;
    private readonly bool _isSecure = endpoint.Scheme == Uri.UriSchemeHttps;

    // What calls make secured connections for; null until one has.
    private volatile TlsAim? _aim;
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
        var aim = _isSecure ? TlsAim.Of(context) : null;
        _aim = aim;
        _wasAsked = true;
        return Interlocked.Exchange(ref _spare, null) is { } spare
            && await spare.TakeAsync(aim, cancellationToken).ConfigureAwait(false) is { } stream
            ? stream
            : await ConnectInTurnAsync(aim, cancellationToken).ConfigureAwait(false);
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

            var spare = new SpareConnection(_isSecure ? _aim ?? TlsAim.Guess(factory.Service, endpoint.Protocol) : null);
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
            var stream = await ConnectInTurnAsync(spare.Aim, CancellationToken.None).ConfigureAwait(false);
            spare.Limit(factory.TimeProvider.CreateTimer(_ => GiveUp(spare), null, SpareMax, Timeout.InfiniteTimeSpan));
            spare.OnMade(stream);
        }
        catch (Exception e)
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

    private async Task<Stream> ConnectInTurnAsync(TlsAim? aim, CancellationToken cancellationToken)
    {
        await factory.Line.WaitAsync(connectTimeout, cancellationToken).ConfigureAwait(false);
        try
        {
            return await ConnectInTimeAsync(aim, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            factory.Line.End();
        }
    }

    private async Task<Stream> ConnectInTimeAsync(TlsAim? aim, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(connectTimeout, factory.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Stream? stream = null;
        try
        {
            stream = new NetworkStream(await DialAsync(either.Token).ConfigureAwait(false), ownsSocket: true);
            return aim is null ? stream : await factory.Tls.SecureAsync(stream, aim, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw stream is null
                ? new SocketException((int)SocketError.TimedOut)
                : new TimeoutException(string.Create(
                    CultureInfo.InvariantCulture, $"the TLS handshake did not end within {connectTimeout.TotalMilliseconds:0.###} ms"));
        }
    }

    private async Task<Socket> DialAsync(CancellationToken cancellationToken)
    {
        if (_address is not null)
        {
            return await DialAsync(_address, cancellationToken).ConfigureAwait(false);
        }

        // Resolvers are not always told to stop.
        var addresses = await factory.Resolve(host, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        var patience = TimeSpan.FromTicks(Math.Min(
            Limits.ConnectAddressPatience.Ticks, connectTimeout.Ticks / Limits.ConnectAddressesMax));
        return await new HostDialer(DialAsync, patience, factory.TimeProvider).ConnectAsync(addresses, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Socket> DialAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Requests are written whole; waiting for more to fill a segment only delays them.
            socket.NoDelay = true;
            await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
