using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Cuts the request body into messages, straight from the transport's buffers.</summary>
internal sealed class RequestReader<TRequest>(
    GrpcServerContext context, MessageType<TRequest> type, int messageBytesMax)
    : IRequestReader<TRequest>
    where TRequest : class, IMessage<TRequest>
{
    private readonly PipeReader _body = context.HttpContext.Request.BodyReader;
    private readonly MessageDecoder<TRequest> _decoder = new(type, messageBytesMax, context.IsRequestGzip);
    private int _busy;
    private bool _hasEnded;
    private RpcException? _failure;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TRequest?> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            throw new InvalidOperationException(
                "Another read of this call is still under way; a call takes one reader at a time.");
        }

        try
        {
            context.ThrowIfOver();
            if (_failure is not null)
            {
                // Behind a bad frame nobody knows where the next one starts.
                throw _failure;
            }

            return _hasEnded ? null : await ReadNextAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // Reading and advancing both throw it once the stream is reset.
            throw context.ClientGone(e);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    public async IAsyncEnumerable<TRequest> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>Reads the only message of a request that is not a stream, and its end.</summary>
    /// <exception cref="RpcException">There is none, or more than one.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TRequest> ReadSingleAsync()
    {
        var message = await ReadAsync().ConfigureAwait(false) ?? throw WireError.NoMessage();
        return await ReadAsync().ConfigureAwait(false) is null ? message : throw WireError.SecondMessage();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TRequest?> ReadNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await ReadBodyAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            try
            {
                if (TryTake(buffer, out var message, out var consumed))
                {
                    _body.AdvanceTo(consumed);
                    return message;
                }

                if (result.IsCompleted && !buffer.IsEmpty)
                {
                    throw WireError.CutOff();
                }
            }
            catch (RpcException e)
            {
                _failure = e;
                _body.AdvanceTo(buffer.End);
                throw;
            }

            _body.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                _hasEnded = true;
                return null;
            }
        }
    }

    private bool TryTake(ReadOnlySequence<byte> buffer, out TRequest? message, out SequencePosition consumed)
    {
        message = null;
        consumed = buffer.Start;
        if (buffer.Length < FramePrefix.Bytes)
        {
            return false;
        }

        Span<byte> prefixBytes = stackalloc byte[FramePrefix.Bytes];
        buffer.Slice(0, FramePrefix.Bytes).CopyTo(prefixBytes);
        var prefix = FramePrefix.Read(prefixBytes, _decoder.MessageBytesMax);
        if (buffer.Length - FramePrefix.Bytes < prefix.MessageBytes)
        {
            return false;
        }

        var payload = buffer.Slice(FramePrefix.Bytes, prefix.MessageBytes);
        consumed = payload.End;
        message = _decoder.Decode(prefix, payload);
        context.WasRequestCompressed = prefix.IsCompressed;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadBodyAsync(CancellationToken cancellationToken)
    {
        var token = context.Join(cancellationToken, out var joined);
        try
        {
            return await _body.ReadAsync(token).ConfigureAwait(false);
        }
        finally
        {
            joined?.Dispose();
        }
    }
}
