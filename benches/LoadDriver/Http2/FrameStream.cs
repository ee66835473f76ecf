using System.Buffers.Binary;

namespace Muster.Bench.LoadDriver.Http2;

/// <summary>One gRPC call on a <see cref="FrameConnection"/>. What comes is handed over on the connection's reading task.</summary>
internal abstract class FrameStream
{
    private const int PrefixBytes = 5;

    private byte[] _partial = [];

    /// <summary>Set when the call starts.</summary>
    public int Id { get; set; }

    /// <summary>Whether any message has come.</summary>
    public bool HasMessage { get; private set; }

    /// <summary>A message came.</summary>
    protected abstract void OnMessage(FrameConnection connection, ReadOnlySpan<byte> message);

    /// <summary>The call ended.</summary>
    /// <param name="connection">The connection that it was on.</param>
    /// <param name="failure">Null if it may have been well: the server ended it, with messages before its trailers.</param>
    public abstract void OnEnd(FrameConnection connection, string? failure);

    /// <summary>Takes a piece of the body, which need not end where a message does.</summary>
    public void OnData(FrameConnection connection, ReadOnlySpan<byte> data)
    {
        byte[]? joined = null;
        if (_partial.Length > 0)
        {
            joined = [.. _partial, .. data];
            data = joined;
            _partial = [];
        }

        while (data.Length >= PrefixBytes)
        {
            var length = PrefixBytes + BinaryPrimitives.ReadInt32BigEndian(data[1..]);
            if (data.Length < length)
            {
                break;
            }

            HasMessage = true;
            OnMessage(connection, data[PrefixBytes..length]);
            data = data[length..];
        }

        if (data.Length > 0)
        {
            _partial = data.ToArray();
        }
    }

    /// <summary>Makes the object ready for another call.</summary>
    public void Reset()
    {
        HasMessage = false;
        _partial = [];
    }
}
