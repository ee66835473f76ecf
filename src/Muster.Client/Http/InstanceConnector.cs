using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.Mapping;

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
/// <param name="onFailed">Told when a call's connection could not be made and there is no other; the call may have given up by then.</param>
internal sealed class InstanceConnector(
    string host, Endpoint endpoint, TimeSpan connectTimeout, ConnectionFactory factory, Action<Exception> onFailed) : IDisposable
{
    // Parsed once; a name is resolved with each connection, because it may move.
    private readonly IPAddress? _address = IPAddress.TryParse(host, out var address) ? address : null;
    private readonly bool _isSecure = endpoint.Scheme == Uri.UriSchemeHttps;

    // What calls make secured connections for; null until one has.
    private volatile TlsAim? _aim;
    private volatile bool _closed;
    private SpareConnection? _spare;

    // Connections that are open or being made, the spare one included. Counted by who makes them and by their own ends.
    private int _open;

    // Ticks; written and read by whoever chooses anew who may be picked, one at a time.
    private long _coldFromTicks = long.MinValue;

    // Set with it, cleared by the warm-up itself: a second one would put its connection in the place of the first's.
    private volatile bool _isWarming;

    /// <summary>Whether there is no connection, nor one being made, nor was one made to wait for a call a moment ago.</summary>
    public bool IsCold(TimeSpan now)
    {
        if (Volatile.Read(ref _spare) is { HasEnded: true } spare)
        {
            GiveUp(spare);
        }

        return !_isWarming && Volatile.Read(ref _open) == 0 && now.Ticks >= Volatile.Read(ref _coldFromTicks);
    }

    /// <summary>Makes one connection before a call needs it. Only where it is cold.</summary>
    /// <param name="now">The time. Until <see cref="Limits.WarmUpIntervalMin"/> later it is not cold, however this ends.</param>
    /// <param name="delay">Not all at once.</param>
    public void WarmUp(TimeSpan now, TimeSpan delay)
    {
        _isWarming = true;
        Volatile.Write(ref _coldFromTicks, (now + Limits.WarmUpIntervalMin).Ticks);
        _ = MakeSpareAsync(delay);
    }

    public void Dispose()
    {
        _closed = true;
        Interlocked.Exchange(ref _spare, null)?.GiveUp();
    }

    /// <summary>Makes a connection, or takes the one that is there.</summary>
    public ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        ConnectAsync(_isSecure ? TlsAim.Of(context) : null, IsCall(context.InitialRequestMessage), cancellationToken);

    /// <summary>Makes a connection, or takes the one that is there.</summary>
    /// <param name="aim">What it is to be secured for; null is not secured.</param>
    /// <param name="isCall">Whether a call needs it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async ValueTask<Stream> ConnectAsync(TlsAim? aim, bool isCall, CancellationToken cancellationToken)
    {
        _aim = aim;
        try
        {
            return Interlocked.Exchange(ref _spare, null) is { } spare
                && await spare.TakeAsync(aim, cancellationToken).ConfigureAwait(false) is { } stream
                ? stream
                : await ConnectInTurnAsync(aim, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or NoTurnException))
        {
            if (isCall && Volatile.Read(ref _open) == 0)
            {
                onFailed(e);
            }

            throw;
        }
    }

    // A failed probe is nobody's failure, nor is a failed stream of load reports.
    private static bool IsCall(HttpRequestMessage request) => request.RequestUri?.AbsolutePath is var path
        && path != LoadMetadata.ProbePath && path != OrcaMethods.StreamCoreMetrics.FullName;

    // Nobody waits for it, so nothing may escape. What failed a call finds out by itself.
    private async Task MakeSpareAsync(TimeSpan delay)
    {
        await Task.Delay(delay, factory.TimeProvider).ConfigureAwait(false);
        await factory.WaitSpareTurnAsync().ConfigureAwait(false);
        try
        {
            // A call that came meanwhile has made its own.
            if (Volatile.Read(ref _open) > 0 || _closed)
            {
                return;
            }

            var spare = new SpareConnection(_isSecure ? _aim ?? TlsAim.Guess(factory.Service, endpoint.Protocol) : null);
            Volatile.Write(ref _spare, spare);
            await FillAsync(spare).ConfigureAwait(false);
        }
        finally
        {
            _isWarming = false;
            factory.EndSpareTurn();
        }
    }

    private async Task FillAsync(SpareConnection spare)
    {
        try
        {
            var stream = await ConnectInTurnAsync(spare.Aim, CancellationToken.None).ConfigureAwait(false);
            spare.Limit(factory.TimeProvider.CreateTimer(_ => GiveUp(spare), null, Limits.InstanceConnectionIdleMax, Timeout.InfiniteTimeSpan));
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
        Interlocked.Increment(ref _open);
        try
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
        finally
        {
            // What was made is counted by itself.
            OnEnded();
        }
    }

    private async Task<Stream> ConnectInTimeAsync(TlsAim? aim, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(connectTimeout, factory.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        InstanceStream? stream = null;
        try
        {
            stream = Count(await DialAsync(either.Token).ConfigureAwait(false));
            Stream made = aim is null ? stream : await factory.Tls.SecureAsync(stream, aim, either.Token).ConfigureAwait(false);
            stream.OnMade(factory.Telemetry);
            return made;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            factory.Telemetry?.OnConnectFailed();
            throw stream is null
                ? new SocketException((int)SocketError.TimedOut)
                : new TimeoutException(string.Create(
                    CultureInfo.InvariantCulture, $"the TLS handshake did not end within {connectTimeout.TotalMilliseconds:0.###} ms"));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            factory.Telemetry?.OnConnectFailed();
            throw;
        }
    }

    private InstanceStream Count(Socket socket)
    {
        Interlocked.Increment(ref _open);
        return new InstanceStream(socket, OnEnded);
    }

    private void OnEnded() => Interlocked.Decrement(ref _open);

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
