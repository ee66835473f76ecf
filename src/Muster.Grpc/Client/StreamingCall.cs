using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Calls;

namespace Muster.Grpc;

/// <summary>A running call with a stream on at least one side.</summary>
/// <remarks>One thread may write while another reads; two concurrent writes, or two concurrent reads, are misuse and
/// throw. Dispose ends the call: what has not ended by then is cancelled on both sides.</remarks>
public sealed class StreamingCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly RunningCall _call;
    private readonly RequestWriter? _writer;
    private readonly MessageReader<TResponse> _reader;

    internal StreamingCall(
        RunningCall call, GrpcMethod<TRequest, TResponse> method, GrpcClientOptions options, bool compress)
    {
        _call = call;
        _writer = call.Content is { } content
            ? new RequestWriter(call, content, options.SendMessageBytesMax, compress)
            : null;
        _reader = new MessageReader<TResponse>(
            call, method.ResponseType, options.ReceiveMessageBytesMax, method.Kind == MethodKind.ClientStreaming);
    }

    /// <summary>Whether the next message written may be compressed. True where <see cref="GrpcCallOptions.Compress"/>
    /// asked for compression, and can then be switched from message to message; otherwise always false.</summary>
    public bool CompressWrites
    {
        get => _writer is { Compress: true };
        set => Writer.Compress = value;
    }

    /// <summary>Completes when the response headers have arrived.</summary>
    /// <exception cref="RpcException">The call ended with a status other than OK instead.</exception>
    public Task<Metadata> HeadersAsync => ReadHeadersAsync();

    /// <summary>The trailing metadata.</summary>
    /// <exception cref="InvalidOperationException">The response has not been read to its end yet.</exception>
    public Metadata Trailers => _call.Ended?.Trailers
        ?? throw new InvalidOperationException("The trailers come last; read the response to its end first.");

    /// <summary>Sends one message. Completes when the transport has taken it, so a slow peer slows the
    /// writer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait, and with it the whole call, since a message may be half
    /// sent.</param>
    /// <exception cref="RpcException">The call has ended; the status says how. <see cref="StatusCode.OK"/> means that
    /// the server ended the call well without waiting for this message.</exception>
    /// <exception cref="InvalidOperationException">The method takes a single request, the writes were completed, or
    /// another write is under way.</exception>
    public ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Writer.WriteAsync(message, cancellationToken);
    }

    /// <summary>Says that no more messages follow. Repeating it does nothing.</summary>
    /// <exception cref="InvalidOperationException">The method takes a single request, or a write is under
    /// way.</exception>
    public ValueTask CompleteWritesAsync()
    {
        Writer.Complete();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads messages until the server ends the stream.</summary>
    /// <param name="cancellationToken">Ends the reading, not the call.</param>
    /// <exception cref="RpcException">The call ended with a status other than OK.</exception>
    public async IAsyncEnumerable<TResponse> ReadAllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>Reads one message.</summary>
    /// <param name="cancellationToken">Ends this read, not the call: it throws <see
    /// cref="OperationCanceledException"/>, and the next read continues where this one was.</param>
    /// <returns>The message, or null when the server ended the stream with OK.</returns>
    /// <exception cref="RpcException">The call ended with a status other than OK.</exception>
    /// <exception cref="InvalidOperationException">Another read is under way.</exception>
    public ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken = default) =>
        _reader.ReadAsync(cancellationToken);

    /// <summary>Ends the call: if it still runs, it is cancelled on both sides.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Cancel();
        _reader.Release();
        _writer?.Release();
        return ValueTask.CompletedTask;
    }

    private RequestWriter Writer => _writer
        ?? throw new InvalidOperationException(
            "This method takes a single request, which was sent when the call started.");

    private async Task<Metadata> ReadHeadersAsync()
    {
        var response = await _call.Opening.ConfigureAwait(false);
        return ResponseHead.EarlyStatus(response) is null
            ? ResponseHead.ReadMetadata(response.Headers.NonValidated, response.Content.Headers.NonValidated)
            : _call.Ended is { IsOk: false } ended ? throw ended.ToException() : Metadata.Empty;
    }
}
