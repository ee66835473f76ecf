using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>The request side of a streaming call.</summary>
internal sealed class RequestWriter(
    RunningCall call, StreamingContent content, int? messageBytesMax, bool isGzipAnnounced)
{
    private const string TwoWriters =
        "Another write of this call is still under way; a call takes one writer at a time.";

    private readonly LinkedToken _token = new(call.Token);
    private Stream? _stream;

    // The flush of the last message; nobody waits for it.
    private Task _flush = Task.CompletedTask;
    private int _busy;
    private bool _isCompleted;

    private bool _isCompressionOff;

    /// <summary>Without the announcement in the headers the server could not unpack anything.</summary>
    public bool Compress
    {
        get => isGzipAnnounced && !_isCompressionOff;
        set => _isCompressionOff = !value;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(IMessage message, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            if (_isCompleted)
            {
                throw new InvalidOperationException("The writes of this call were completed; nothing can follow.");
            }

            if (call.Ended is { } ended)
            {
                throw ended.ToException();
            }

            await SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ReleaseIfEnded();
            Volatile.Write(ref _busy, 0);
        }
    }

    public void Complete()
    {
        Enter();
        _isCompleted = true;
        content.EndWrites();
        Volatile.Write(ref _busy, 0);
    }

    /// <summary>Lets go of tokens after the call has ended; a write under way does it itself.</summary>
    public void Release()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) == 0)
        {
            ReleaseIfEnded();
            Volatile.Write(ref _busy, 0);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(IMessage message, CancellationToken cancellationToken)
    {
        ArraySegment<byte> frame = default;
        try
        {
            var token = _token.With(cancellationToken);
            _stream ??= await content.TakeStreamAsync(token).ConfigureAwait(false);
            frame = Compress
                ? FrameWriter.RentCompressed(message, messageBytesMax)
                : FrameWriter.Rent(message, messageBytesMax);
            await _stream.WriteAsync(frame, token).ConfigureAwait(false);

            // The transport handles writes and flushes in their order, so the flush before has ended by now; what it failed
            // of shows here. Not waiting for this one lets messages that follow each other closely share a flush, and delays
            // none: the flush is on its way.
            await _flush.ConfigureAwait(false);
            _flush = _stream.FlushAsync(call.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && call.Ended is null)
        {
            // Part of the frame may be on the wire, so nothing can follow it.
            call.Cancel();
            throw;
        }
        catch (RpcException tooLarge)
        {
            throw call.Fail(tooLarge).ToException();
        }
        catch (Exception e)
        {
            throw await ExplainAsync(e).ConfigureAwait(false);
        }
        finally
        {
            if (frame.Array is { } rented)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>A failed write says only that the stream is gone. Why is known to the opening, or to whoever
    /// reads.</summary>
    private async ValueTask<Exception> ExplainAsync(Exception failure)
    {
        if (call.Token.IsCancellationRequested)
        {
            // The write may hear of the deadline, or of its caller, before the call has ended by it.
            return call.Fail(failure).ToException();
        }

        try
        {
            await call.Opening.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            return e;
        }

        return call.Ended?.ToException() ?? new RpcException(
            new Status(
                StatusCode.Unknown,
                "The server takes no more messages; reading the response to its end gives the status."),
            null,
            failure);
    }

    private void ReleaseIfEnded()
    {
        if (call.Ended is not null)
        {
            _token.Release();
            _ = _flush.ContinueWith(
                static t => _ = t.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            _flush = Task.CompletedTask;
        }
    }

    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            throw new InvalidOperationException(TwoWriters);
        }
    }
}
