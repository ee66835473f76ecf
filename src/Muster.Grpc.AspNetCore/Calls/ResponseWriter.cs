using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Writes messages straight into the transport's buffers.</summary>
internal sealed class ResponseWriter<TResponse>(
    GrpcServerContext context, int? messageBytesMax) : IResponseWriter<TResponse>
    where TResponse : class, IMessage<TResponse>
{
    private readonly PipeWriter _body = context.HttpContext.Response.BodyWriter;
    private int _busy;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(TResponse message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        Enter();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(message);
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(
        EncodedMessage message, bool flush = true, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        Enter();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(message);
            if (flush)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Writes without a flush: the end of a unary call flushes message and trailers together.</summary>
    public void Write(TResponse message)
    {
        context.ThrowIfOver();
        context.BeginResponse();
        if (context.CompressResponses)
        {
            FrameWriter.WriteCompressed(_body, message, messageBytesMax);
        }
        else
        {
            FrameWriter.Write(_body, message, messageBytesMax);
        }
    }

    /// <summary>The same of a message that is encoded already; it goes uncompressed.</summary>
    public void Write(EncodedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Frame.Length - FramePrefix.Bytes is var size && size > (messageBytesMax ?? int.MaxValue))
        {
            throw WireError.SentTooLarge(size, messageBytesMax!.Value);
        }

        context.ThrowIfOver();
        context.BeginResponse();
        _body.Write(message.Frame.Span);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var token = context.Join(cancellationToken, out var joined);
        try
        {
            await context.FlushAsync(token).ConfigureAwait(false);
        }
        finally
        {
            joined?.Dispose();
        }
    }

    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            throw new InvalidOperationException(
                "Another write of this call is still under way; a call takes one writer at a time.");
        }
    }
}
