namespace Muster.Grpc.Calls;

/// <summary>The life of a streaming call: it opens once, and ends once.</summary>
/// <remarks>Thread-safe. Reader, writer, deadline and caller race to end the call; the first one decides how.</remarks>
internal sealed class RunningCall
{
    private readonly CallLifetime _lifetime;

    // Written once by whoever ends the call first; read by reader and writer.
    private CallEnd? _end;

    // Written by the opening, disposed by the end. OpenAsync writes it and then looks at _end; End writes _end and then
    // looks at _response: whichever comes second sees the other's write and disposes, so no response is left open.
    private HttpResponseMessage? _response;

    private RunningCall(CallLifetime lifetime, StreamingContent? content)
    {
        _lifetime = lifetime;
        Content = content;
        Opening = Task.FromException<HttpResponseMessage>(new InvalidOperationException("Not started."));
        _ = Opening.Exception;
    }

    /// <summary>The request stream; null when the only request went out with the headers.</summary>
    public StreamingContent? Content { get; }

    /// <summary>Completes with the response headers; fails with <see cref="RpcException"/>.</summary>
    public Task<HttpResponseMessage> Opening { get; private set; }

    /// <summary>How the call ended; null while it runs.</summary>
    public CallEnd? Ended => Volatile.Read(ref _end);

    /// <summary>Fires when the call is cut short on this side.</summary>
    public CancellationToken Token => _lifetime.Token;

    /// <summary>Sends the request.</summary>
    public static RunningCall Start(
        Transport transport,
        HttpRequestMessage request,
        StreamingContent? content,
        CallLifetime lifetime,
        bool waitForReady)
    {
        var call = new RunningCall(lifetime, content);
        call.Opening = call.OpenAsync(transport, request, waitForReady);
        // Nobody has to await the headers; the failure shows on read and write.
        _ = call.Opening.ContinueWith(
            static t =>
                _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        // After headers the transport no longer looks at the token: without this, a deadline would leave the stream
        // open whenever nobody happens to read.
        lifetime.Token.UnsafeRegister(static state => ((RunningCall)state!).CutShort(), call);
        return call;
    }

    /// <summary>A call that failed before anything was sent.</summary>
    public static RunningCall Failed(RpcException failure, StreamingContent? content, CallLifetime lifetime)
    {
        var call = new RunningCall(lifetime, content);
        call.Opening = Task.FromException<HttpResponseMessage>(failure);
        _ = call.Opening.Exception;
        call.End(CallEnd.From(failure));
        return call;
    }

    /// <summary>Ends the call; only the first end counts.</summary>
    /// <returns>How the call ended, which may be an earlier end.</returns>
    public CallEnd End(CallEnd end)
    {
        var earlier = Interlocked.CompareExchange(ref _end, end, null);
        if (earlier is not null)
        {
            return earlier;
        }

        // Before the content is abandoned: the reset that this sends says CANCEL, if the call is not over on the wire.
        Volatile.Read(ref _response)?.Dispose();
        Content?.Abandon();
        _lifetime.Dispose();
        return end;
    }

    /// <summary>Ends the call with what the transport threw.</summary>
    public CallEnd Fail(Exception exception) =>
        Ended ?? End(CallEnd.From(exception as RpcException ?? TransportFailure.Map(exception, _lifetime)));

    /// <summary>Cancels the call on both sides, unless it has ended.</summary>
    public void Cancel() => _lifetime.Cancel();

    private void CutShort() => End(new CallEnd(_lifetime.CutShort!.Value, Metadata.Empty));

    private async Task<HttpResponseMessage> OpenAsync(
        Transport transport, HttpRequestMessage request, bool waitForReady)
    {
        HttpResponseMessage response;
        try
        {
            response = await transport.SendAsync(request, _lifetime, waitForReady).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw Fail(e).ToException();
        }

        Volatile.Write(ref _response, response);
        Interlocked.MemoryBarrier();
        if (Ended is { } ended)
        {
            response.Dispose();
            throw ended.ToException();
        }

        if (ResponseHead.EarlyStatus(response) is { } status)
        {
            EndEarly(response, status);
        }

        return response;
    }

    private void EndEarly(HttpResponseMessage response, Status status)
    {
        try
        {
            End(ResponseHead.ReadEnd(status, response.Headers.NonValidated, response.Content.Headers.NonValidated));
        }
        catch (RpcException e)
        {
            Fail(e);
        }
    }
}
