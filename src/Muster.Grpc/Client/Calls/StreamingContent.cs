using System.Net;

namespace Muster.Grpc.Calls;

/// <summary>The request side of a streaming call: lends the transport's stream to the writer until the writes
/// end.</summary>
/// <remarks>
/// The transport asks for serialisation once it has a connection. When it retries a refused request by itself it asks
/// again: that works as long as the writer has not taken the stream, and fails afterwards, because what was written is
/// gone.
/// </remarks>
internal sealed class StreamingContent(GrpcMethod method) : HttpContent, IGrpcContent
{
    private readonly TaskCompletionSource _writesEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards the three fields below. The transport offers a stream (possibly twice), the writer takes it. Without the
    // lock a writer could take the first stream while a retry replaces it, and its messages would vanish with the
    // first. The number of the attempt keeps a first stream out whose flush ends only after the second was offered.
    private readonly Lock _gate = new();
    private int _attempt;
    private TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _taken;

    public GrpcMethod Method => method;

    /// <summary>The stream to write to; completes when the request headers are on their way.</summary>
    /// <exception cref="OperationCanceledException">The call ended before it had a connection.</exception>
    public async ValueTask<Stream> TakeStreamAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Stream> offered;
            lock (_gate)
            {
                offered = _stream.Task;
                if (offered.IsCompletedSuccessfully)
                {
                    _taken = true;
                    return offered.Result;
                }
            }

            await offered.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a writer has had a stream, so that messages may be on the way.</summary>
    public bool IsTaken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>The request stream ends cleanly (half-close).</summary>
    public void EndWrites() => _writesEnded.TrySetResult();

    /// <summary>The call is over: lets go of the transport and of a writer that still waits for a stream.</summary>
    public void Abandon()
    {
        _writesEnded.TrySetCanceled();
        lock (_gate)
        {
            _stream.TrySetCanceled();
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The token is left alone on purpose: the transport fires it when the server resets the stream, and would then
        // take our cancellation for the reason of the failure. Left waiting, it reports the reset, or retries a refused
        // request.
        // The call's end always completes the wait.
        var attempt = Begin();
        if (await TryFlushAsync(stream).ConfigureAwait(false))
        {
            Offer(stream, attempt);
        }

        await _writesEnded.Task.ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }

    /// <summary>Sends the headers at once: the server may answer before the first message is written. A failure says
    /// only that the connection is gone, which the transport knows better.</summary>
    private static async ValueTask<bool> TryFlushAsync(Stream stream)
    {
        try
        {
            await stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (
            e is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    private int Begin()
    {
        lock (_gate)
        {
            if (_taken)
            {
                throw new IOException("A request stream cannot be sent again once a message of it is on the way.");
            }

            if (_stream.Task.IsCompletedSuccessfully)
            {
                // The stream of an attempt that failed: nobody may take it any more.
                _stream = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return ++_attempt;
        }
    }

    private void Offer(Stream stream, int attempt)
    {
        lock (_gate)
        {
            if (attempt == _attempt)
            {
                _stream.TrySetResult(stream);
            }
        }
    }
}
