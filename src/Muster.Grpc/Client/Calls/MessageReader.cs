using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>The response side of a streaming call.</summary>
internal sealed class MessageReader<TResponse>(
    RunningCall call, MessageType<TResponse> type, int messageBytesMax, bool expectsOneMessage)
    where TResponse : class, IMessage<TResponse>
{
    private const string TwoReaders =
        "Another read of this call is still under way; a call takes one reader at a time.";

    private readonly LinkedToken _token = new(call.Token);
    private ResponseReader<TResponse>? _frames;
    private int _busy;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            throw new InvalidOperationException(TwoReaders);
        }

        try
        {
            return call.Ended is { } ended
                ? EndOf(ended)
                : await ReadRunningAsync(_token.With(cancellationToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && call.Ended is null)
        {
            // Only this read ends; what has arrived of a message stays in the buffer for the next one.
            throw;
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw call.Fail(e).ToException();
        }
        finally
        {
            ReleaseIfEnded();
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Gives buffers back after the call has ended; a read under way does it itself.</summary>
    public void Release()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) == 0)
        {
            ReleaseIfEnded();
            Volatile.Write(ref _busy, 0);
        }
    }

    private static TResponse? EndOf(CallEnd end) => end.IsOk ? null : throw end.ToException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResponse?> ReadRunningAsync(CancellationToken cancellationToken)
    {
        var response = await call.Opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (call.Ended is { } early)
        {
            return expectsOneMessage && early.IsOk ? throw WireError.NoMessage() : EndOf(early);
        }

        try
        {
            _frames ??= new ResponseReader<TResponse>(
                response.Content.ReadAsStream(cancellationToken),
                new MessageDecoder<TResponse>(type, messageBytesMax, ResponseHead.IsGzip(response)));
            var message = await _frames.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (message is not null && !expectsOneMessage)
            {
                return message;
            }

            // A single message counts only together with the status behind it.
            if (message is not null && await _frames.ReadAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
                throw WireError.SecondMessage();
            }

            return EndOf(End(response, message)) ?? message;
        }
        catch (RpcException e)
        {
            throw call.Fail(e).ToException();
        }
    }

    private CallEnd End(HttpResponseMessage response, TResponse? message)
    {
        var end = ResponseHead.ReadEnd(ResponseHead.FinalStatus(response), response.TrailingHeaders.NonValidated);
        return end.IsOk && expectsOneMessage && message is null ? call.Fail(WireError.NoMessage()) : call.End(end);
    }

    private void ReleaseIfEnded()
    {
        if (call.Ended is not null)
        {
            _frames?.Release();
            _frames = null;
            _token.Release();
        }
    }
}
