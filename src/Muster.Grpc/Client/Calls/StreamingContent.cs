using System.Net;

namespace Muster.Grpc.Calls;

/// <summary>The request side of a streaming call: lends the transport's stream to the writer until the writes end.</summary>
/// <remarks>
/// The transport asks for serialisation once it has a connection. When it retries a refused request by itself it asks
/// again: that works as long as the writer has not taken the stream, and fails afterwards, because what was written is gone.
/// </remarks>
internal sealed class StreamingContent : HttpContent
{
    private readonly TaskCompletionSource _writesEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards _stream and _taken. The transport offers a stream (possibly twice), the writer takes it. Without the lock a
    // writer could take the first stream while a retry replaces it, and its messages would vanish with the first.
    private readonly Lock _gate = new();
    private TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _taken;

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
        // Headers leave at once: the server may answer before the first message is written.
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        Offer(stream);

        // The token is left alone on purpose: the transport fires it when the server resets the stream, and would then take
        // our cancellation for the reason of the failure. Left waiting, it reports the reset, or retries a refused request.
        // The call's end always completes this wait.
        await _writesEnded.Task.ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }

    private void Offer(Stream stream)
    {
        lock (_gate)
        {
            if (_taken)
            {
                throw new IOException("A request stream cannot be sent again once a message of it is on the way.");
            }

            if (!_stream.TrySetResult(stream) && _stream.Task.IsCompletedSuccessfully)
            {
                _stream = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
                _stream.SetResult(stream);
            }
        }
    }
}
