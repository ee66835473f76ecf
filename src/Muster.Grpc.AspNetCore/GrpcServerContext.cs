using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Muster.Grpc.AspNetCore.Calls;
using Muster.Grpc.Calls;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore;

/// <summary>One call as its handler sees it.</summary>
/// <remarks>Valid until the handler's task completes; reading, writing or sending headers later throws
/// <see cref="InvalidOperationException"/>.</remarks>
public sealed class GrpcServerContext
{
    /// <summary>RFC 9113 §7: the stream is no longer needed.</summary>
    private const int Http2Cancel = 0x8;

    /// <summary>How long a write may still wait for the client once its token has fired. Bytes that only queue behind
    /// others leave within milliseconds.</summary>
    private static readonly TimeSpan WaitAfterEndMax = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _timeProvider;
    private readonly Deadline? _deadline;
    private Metadata? _requestHeaders;
    private Metadata? _responseHeaders;
    private Metadata? _responseTrailers;
    private ITimer? _waitBound;
    private volatile bool _isFinished;
    private volatile bool _isClientGone;

    private readonly bool _acceptsGzip;
    private bool _isGzipAnnounced;
    private bool _compressResponses;

    internal GrpcServerContext(
        HttpContext httpContext,
        GrpcMethod method,
        Deadline? deadline,
        RequestEncoding encoding,
        bool compressResponses,
        TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        HttpContext = httpContext;
        Method = method;
        _deadline = deadline;
        IsRequestGzip = encoding.IsGzip;
        _acceptsGzip = encoding.AcceptsGzip;
        _compressResponses = compressResponses && _acceptsGzip;
    }

    /// <summary>The method that is called.</summary>
    public GrpcMethod Method { get; }

    /// <summary>The HTTP request underneath: peer address, user, services.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>The metadata that the client sent.</summary>
    /// <exception cref="RpcException">Internal: the value of a <c>-bin</c> key is not base64. Left alone, it ends the
    /// call.</exception>
    public Metadata RequestHeaders => _requestHeaders ??= HeaderMetadata.Read(HttpContext.Request.Headers);

    /// <summary>Metadata to send before the first message. Fixed once the first message is written or
    /// <see cref="SendHeadersAsync"/> was called; what is added later is not sent. At most 16 KiB.</summary>
    public Metadata ResponseHeaders => _responseHeaders ??= new Metadata();

    /// <summary>Metadata to send with the status. At most 16 KiB.</summary>
    public Metadata ResponseTrailers => _responseTrailers ??= new Metadata();

    /// <summary>The time the client still gives, or null if it set no deadline. Measured on the monotonic
    /// clock.</summary>
    public TimeSpan? TimeLeft => _deadline?.TimeLeft;

    /// <summary>Fires when the client cancels or vanishes, or the deadline passes.</summary>
    public CancellationToken CancellationToken => _deadline?.Token ?? HttpContext.RequestAborted;

    /// <summary>Whether the next response message may be compressed with gzip; it is where that makes it
    /// smaller.</summary>
    /// <value>At first <see cref="GrpcServerOptions.CompressResponses"/>. Stays false if the client does not accept
    /// gzip. Can be switched from message to message, but to be switched on at all it must be on when the headers are
    /// sent.</value>
    public bool CompressResponses
    {
        get => _compressResponses;
        set => _compressResponses = value && (HasBegun ? _isGzipAnnounced : _acceptsGzip);
    }

    /// <summary>Whether the request message read last came compressed. False before the first.</summary>
    public bool WasRequestCompressed { get; internal set; }

    /// <summary>Whether compressed request messages are gzip.</summary>
    internal bool IsRequestGzip { get; }

    /// <summary>Whether headers were fixed, so that the status must come in trailers.</summary>
    internal bool HasBegun { get; private set; }

    /// <summary>Whether nobody is left to read a status.</summary>
    internal bool IsClientGone => _isClientGone || HttpContext.RequestAborted.IsCancellationRequested;

    internal bool IsDeadlinePassed => _deadline is { HasPassed: true };

    /// <summary>Sends the response headers now instead of with the first message.</summary>
    /// <exception cref="OperationCanceledException">The call was cancelled, its deadline passed, or the client
    /// vanished.</exception>
    public async Task SendHeadersAsync()
    {
        ThrowIfOver();
        BeginResponse();
        await FlushAsync(CancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the client is gone because its connection answered no keep-alive ping. Then nobody knows what became of
    /// it; one that closes, resets or dies ends its connection, and a network that works says so.</summary>
    /// <returns>False also while the client is there. To be asked when the handler reads no more.</returns>
    public async ValueTask<bool> IsClientSilentAsync()
    {
        if (!HttpContext.RequestAborted.IsCancellationRequested)
        {
            return false;
        }

        try
        {
            await HttpContext.Request.BodyReader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            return false;
        }
        catch (IOException e)
        {
            // Kestrel gives it no other mark than its text.
            for (Exception? cause = e; cause is not null; cause = cause.InnerException)
            {
                if (cause.Message.Contains("keep alive ping", StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }
        catch (InvalidOperationException)
        {
            // A read is still under way.
            return false;
        }
    }

    /// <summary>Hands what was written to the transport, and waits while the client's window is full.</summary>
    /// <remarks>Kestrel is not given the token: it would at once reset the stream with INTERNAL_ERROR, and a client whose
    /// clock is a little behind would report that in place of its deadline. Most waits are over in a moment, and then a
    /// status can follow.</remarks>
    /// <exception cref="OperationCanceledException">The token fired, or the client is gone.</exception>
    internal async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var flush = HttpContext.Response.BodyWriter.FlushAsync(CancellationToken.None);
        FlushResult result;
        if (flush.IsCompleted)
        {
            result = await flush.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfCut(result);
            return;
        }

        // Both are disposed, which waits for their callbacks: a late reset could hit the next call, for which Kestrel
        // uses the same stream object.
        var registration = cancellationToken.UnsafeRegister(
            static context => ((GrpcServerContext)context!).BoundWait(), this);
        await using (registration.ConfigureAwait(false))
        {
            result = await flush.ConfigureAwait(false);
        }

        if (Interlocked.Exchange(ref _waitBound, null) is { } bound)
        {
            await bound.DisposeAsync().ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfCut(result);
    }

    /// <summary>Kestrel swallows writes to a stream that is gone; the handler should stop producing.</summary>
    private void ThrowIfCut(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled)
        {
            throw ClientGone(null);
        }
    }

    /// <summary>A client that neither takes the bytes nor leaves must not hold the call for ever: no status gets past
    /// the bytes that wait, so the stream is reset.</summary>
    private void BoundWait() => _waitBound = _timeProvider.CreateTimer(
        static http => ((HttpContext)http!).Features.Get<IHttpResetFeature>()?.Reset(Http2Cancel),
        HttpContext,
        WaitAfterEndMax,
        Timeout.InfiniteTimeSpan);

    /// <summary>Fixes the response headers.</summary>
    /// <exception cref="RpcException">ResourceExhausted: too much metadata.</exception>
    internal void BeginResponse()
    {
        if (HasBegun)
        {
            return;
        }

        var response = HttpContext.Response;
        if (_responseHeaders is { Count: > 0 } headers)
        {
            MetadataCodec.CheckSize(headers);
            HeaderMetadata.Write(response.Headers, headers);
        }

        if (_compressResponses)
        {
            response.Headers[WireNames.Encoding] = MessageEncoding.Gzip;
            _isGzipAnnounced = true;
        }

        response.ContentType = WireNames.ContentType;
        HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        HasBegun = true;
    }

    /// <summary>Writes the status behind what was sent.</summary>
    /// <returns>The status written. It is another one than asked for if the metadata is over its bound.</returns>
    internal Status Finish(CallEnd end)
    {
        _isFinished = true;
        var all = _responseTrailers is { Count: > 0 } own ? end with { Trailers = Merge(own, end.Trailers) } : end;
        try
        {
            MetadataCodec.CheckSize(all.Trailers, all.StatusDetails?.Length ?? 0);
            if (!HasBegun && _responseHeaders is { Count: > 0 })
            {
                BeginResponse();
            }
        }
        catch (RpcException e)
        {
            // An error keeps its code and loses what it carried; a success must not look like one without it.
            all = new CallEnd(all.IsOk ? e.Status : all.Status, Metadata.Empty);
        }

        if (HasBegun)
        {
            StatusWriter.WriteTrailers(HttpContext, all);
        }
        else
        {
            StatusWriter.WriteTrailersOnly(HttpContext.Response, all);
        }

        return all.Status;
    }

    /// <summary>What a read or write throws when the transport broke, which may show before the abort is
    /// signalled.</summary>
    internal OperationCanceledException ClientGone(Exception? cause)
    {
        _isClientGone = true;
        return new OperationCanceledException("The client cancelled the call or went away.", cause, CancellationToken);
    }

    /// <summary>The token for one read or write, joined with the one it was given if that one can fire.</summary>
    /// <remarks>Without either there is none: Kestrel ends reads and flushes itself when the client goes, and makes a token
    /// for that only where somebody asks for it.</remarks>
    internal CancellationToken Join(CancellationToken other, out CancellationTokenSource? joined)
    {
        joined = other.CanBeCanceled && other != CancellationToken
            ? CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, other)
            : null;
        return joined?.Token ?? (other.CanBeCanceled ? other : _deadline?.Token ?? CancellationToken.None);
    }

    /// <exception cref="InvalidOperationException">The handler has returned: Kestrel may have given the request's
    /// buffers to another one by now.</exception>
    internal void ThrowIfOver()
    {
        if (_isFinished)
        {
            throw new InvalidOperationException("The call has ended: its handler returned.");
        }

        if (_isClientGone)
        {
            throw ClientGone(null);
        }

        _deadline?.Token.ThrowIfCancellationRequested();
    }

    private static Metadata Merge(Metadata own, Metadata thrown)
    {
        if (thrown.Count == 0)
        {
            return own;
        }

        var all = new Metadata();
        foreach (var entry in own)
        {
            all.AddReceived(entry);
        }

        foreach (var entry in thrown)
        {
            all.AddReceived(entry);
        }

        return all;
    }
}
