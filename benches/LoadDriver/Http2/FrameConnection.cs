using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Muster.Bench.LoadDriver.Http2;

/// <summary>One HTTP/2 connection with gRPC calls on it, driven frame by frame, so that the driver costs little beside what it
/// measures, and costs the same for every server.</summary>
/// <remarks>Thread-safe. Its server must answer: what it sends in turn is bounded by the calls that are open.</remarks>
internal sealed class FrameConnection : IAsyncDisposable
{
    private const int HeadBytes = 9;
    private const int WindowBytes = 1 << 30;

    // Guards the sending side: buffer, ids, windows, open streams.
    private readonly Lock _lock = new();
    private readonly Socket _socket;
    private readonly HeaderEncoder _headers;
    private readonly Dictionary<int, FrameStream> _streams = [];
    private readonly List<byte> _block = [];
    private byte[] _out = new byte[4096];
    private int _outLength;
    private int _nextId = 1;
    private long _sendWindow = 65_535;
    private long _received;
    private Task _reading = Task.CompletedTask;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopped;
    private volatile string? _failure;

    private FrameConnection(Socket socket, IPEndPoint endPoint)
    {
        _socket = socket;
        _headers = new HeaderEncoder(endPoint.ToString());
    }

    /// <summary>Why the connection ended, or null.</summary>
    public string? Failure => _failure;

    public static async Task<FrameConnection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new FrameConnection(socket, endPoint);
        connection.Begin();
        connection._reading = Task.Run(connection.ReadAsync, CancellationToken.None);
        return connection;
    }

    /// <summary>Starts a call with its first message.</summary>
    /// <param name="stream">What hears of it.</param>
    /// <param name="path">The method.</param>
    /// <param name="message">The message, without its prefix.</param>
    /// <param name="isLast">Whether the client's side ends with it.</param>
    public void Start(FrameStream stream, string path, ReadOnlySpan<byte> message, bool isLast)
    {
        lock (_lock)
        {
            stream.Id = _nextId;
            _nextId += 2;
            _streams.Add(stream.Id, stream);
            _block.Clear();
            _headers.Append(_block, path);
            AppendHead(FrameType.Headers, FrameFlags.EndHeaders, stream.Id, _block.Count);
            _block.CopyTo(_out, _outLength);
            _outLength += _block.Count;
            AppendMessage(stream.Id, message, isLast);
        }
    }

    /// <summary>Sends another message of a call.</summary>
    public void Send(FrameStream stream, ReadOnlySpan<byte> message)
    {
        lock (_lock)
        {
            AppendMessage(stream.Id, message, isLast: false);
        }
    }

    /// <summary>Puts what was started and sent on the wire. After a callback that happens by itself.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_outLength > 0)
            {
                _socket.Send(_out.AsSpan(0, _outLength));
                _outLength = 0;
            }
        }
    }

    /// <summary>Reads no more after what comes next: a peer that hangs.</summary>
    public void StopReading() => _isStopped = true;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _closed.TrySetResult();
        await _reading;
    }

    private void Begin()
    {
        lock (_lock)
        {
            Append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
            AppendHead(FrameType.Settings, 0, 0, 3 * 6);
            // No dynamic table for responses, no push, and windows that are never the bound.
            AppendSetting(1, 0);
            AppendSetting(2, 0);
            AppendSetting(4, WindowBytes);
            AppendWindowUpdate(WindowBytes);
        }

        Flush();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        var filled = 0;
        try
        {
            while (true)
            {
                if (_isStopped)
                {
                    await _closed.Task;
                }

                var count = await _socket.ReceiveAsync(buffer.AsMemory(filled));
                if (count == 0)
                {
                    End("the server closed the connection");
                    return;
                }

                filled += count;
                var used = Take(buffer.AsSpan(0, filled));
                buffer.AsSpan(used, filled - used).CopyTo(buffer);
                filled -= used;
                if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }

                Flush();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidDataException)
        {
            End(e.Message);
        }
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        var used = 0;
        while (bytes.Length - used >= HeadBytes)
        {
            var frame = bytes[used..];
            var length = BinaryPrimitives.ReadInt32BigEndian(frame) >>> 8;
            if (frame.Length < HeadBytes + length)
            {
                break;
            }

            TakeFrame(
                (FrameType)frame[3], frame[4], BinaryPrimitives.ReadInt32BigEndian(frame[5..]) & int.MaxValue,
                frame.Slice(HeadBytes, length));
            used += HeadBytes + length;
        }

        return used;
    }

    private void TakeFrame(FrameType type, byte flags, int id, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameType.Data:
                Credit(payload.Length);
                Find(id)?.OnData(this, payload);
                EndIf(flags, id, payload);
                break;
            case FrameType.Headers:
                EndIf(flags, id, payload);
                break;
            case FrameType.ResetStream:
                Remove(id)?.OnEnd(this, $"reset with code {BinaryPrimitives.ReadInt32BigEndian(payload)}");
                break;
            case FrameType.Settings when flags == 0:
                Answer(FrameType.Settings, default);
                break;
            case FrameType.Ping when flags == 0:
                Answer(FrameType.Ping, payload);
                break;
            case FrameType.WindowUpdate when id == 0:
                lock (_lock)
                {
                    _sendWindow += BinaryPrimitives.ReadInt32BigEndian(payload);
                }

                break;
            case FrameType.GoAway:
                throw new InvalidDataException($"the server goes away: {Printable(payload)}");
        }
    }

    private void EndIf(byte flags, int id, ReadOnlySpan<byte> payload)
    {
        if ((flags & FrameFlags.EndStream) != 0 && Remove(id) is { } stream)
        {
            stream.OnEnd(this, stream.HasMessage ? null : $"it ended without a message: {Printable(payload)}");
        }
    }

    private void End(string failure)
    {
        _failure = failure;
        List<FrameStream> open;
        lock (_lock)
        {
            open = [.. _streams.Values];
            _streams.Clear();
        }

        foreach (var stream in open)
        {
            stream.OnEnd(this, failure);
        }
    }

    private FrameStream? Find(int id)
    {
        lock (_lock)
        {
            return _streams.GetValueOrDefault(id);
        }
    }

    private FrameStream? Remove(int id)
    {
        lock (_lock)
        {
            return _streams.Remove(id, out var stream) ? stream : null;
        }
    }

    private void Credit(int bytes)
    {
        _received += bytes;
        if (_received > WindowBytes / 2)
        {
            lock (_lock)
            {
                AppendWindowUpdate((int)_received);
            }

            _received = 0;
        }
    }

    private void Answer(FrameType type, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            AppendHead(type, FrameFlags.Ack, 0, payload.Length);
            Append(payload);
        }
    }

    private void AppendMessage(int id, ReadOnlySpan<byte> message, bool isLast)
    {
        var length = 5 + message.Length;
        _sendWindow -= length;
        if (_sendWindow < 0)
        {
            throw new InvalidOperationException("More was sent at once than the server's window holds; this driver does not wait for it.");
        }

        AppendHead(FrameType.Data, isLast ? FrameFlags.EndStream : (byte)0, id, length);
        Reserve(5);
        _out[_outLength] = 0;
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength + 1), message.Length);
        _outLength += 5;
        Append(message);
    }

    private void AppendSetting(short id, int value)
    {
        Reserve(6);
        BinaryPrimitives.WriteInt16BigEndian(_out.AsSpan(_outLength), id);
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength + 2), value);
        _outLength += 6;
    }

    private void AppendWindowUpdate(int bytes)
    {
        AppendHead(FrameType.WindowUpdate, 0, 0, 4);
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength), bytes);
        _outLength += 4;
    }

    private void AppendHead(FrameType type, byte flags, int id, int length)
    {
        Reserve(HeadBytes + length);
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength), length << 8);
        _out[_outLength + 3] = (byte)type;
        _out[_outLength + 4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength + 5), id);
        _outLength += HeadBytes;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_out.AsSpan(_outLength));
        _outLength += bytes.Length;
    }

    private void Reserve(int bytes)
    {
        if (_out.Length - _outLength < bytes)
        {
            Array.Resize(ref _out, Math.Max(2 * _out.Length, _outLength + bytes));
        }
    }

    private static string Printable(ReadOnlySpan<byte> bytes) => string.Create(
        CultureInfo.InvariantCulture, $"'{new string([.. Encoding.Latin1.GetString(bytes).Select(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or ':' or '%' ? c : '.')])}'");
}
