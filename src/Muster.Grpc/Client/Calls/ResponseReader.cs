using System.Buffers;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>Cuts a response stream into messages, over one buffer that grows only as bytes arrive.</summary>
/// <remarks>One reader at a time. The buffer is rented; <see cref="Release"/> gives it back.</remarks>
internal sealed class ResponseReader<TResponse>(Stream stream, MessageDecoder<TResponse> decoder)
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Most messages fit; a larger one grows the buffer once or twice.</summary>
    private const int InitialBufferBytes = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBufferBytes);
    private int _start;
    private int _end;

    /// <summary>Reads one message; null at the end of the stream.</summary>
    /// <exception cref="RpcException">The bytes are not valid gRPC, or over the limit.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var missing = FramePrefix.Bytes - (_end - _start);
            if (missing <= 0)
            {
                var prefix = FramePrefix.Read(_buffer.AsSpan(_start), decoder.MessageBytesMax);
                missing = FramePrefix.Bytes + prefix.MessageBytes - (_end - _start);
                if (missing <= 0)
                {
                    return Take(prefix);
                }
            }

            if (!await FillAsync(missing, cancellationToken).ConfigureAwait(false))
            {
                return _start == _end ? null : throw WireError.CutOff();
            }
        }
    }

    /// <summary>Gives the buffer back. Not to be called while a read is under way.</summary>
    public void Release()
    {
        var buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private TResponse Take(FramePrefix prefix)
    {
        var payload = new ReadOnlySequence<byte>(_buffer, _start + FramePrefix.Bytes, prefix.MessageBytes);
        _start += FramePrefix.Bytes + prefix.MessageBytes;
        return decoder.Decode(prefix, payload);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(int missing, CancellationToken cancellationToken)
    {
        MakeRoom(missing);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    private void MakeRoom(int missing)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_buffer.Length - _end >= missing)
        {
            return;
        }

        var held = _end - _start;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
            _start = 0;
            _end = held;
        }

        // Doubling rather than the announced length: a prefix alone must not make us take megabytes.
        if (_end == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(LargerThan(_buffer.Length));
            _buffer.AsSpan(0, held).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    private static int LargerThan(int length) => length < Array.MaxLength
        ? (int)Math.Min(length * 2L, Array.MaxLength)
        : throw WireError.ReceivedTooLarge(length, Array.MaxLength);
}
