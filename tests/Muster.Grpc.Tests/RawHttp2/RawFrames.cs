using System.Buffers.Binary;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Builds frames, alone and in the sequences that belong together.</summary>
internal static class RawFrames
{
    public const int HeaderTableSize = 1;
    public const int InitialWindowSize = 4;

    public static RawFrame Data(int stream, byte[] data, bool end = false) =>
        new(RawFrame.Data, end ? RawFrame.EndStream : (byte)0, stream, data);

    public static RawFrame PaddedData(int stream, byte[] data, byte padding, bool end = false) => new(
        RawFrame.Data,
        (byte)(RawFrame.Padded | (end ? RawFrame.EndStream : 0)),
        stream,
        [padding, .. data, .. new byte[padding]]);

    /// <summary>A header block in one HEADERS frame or, for more than one piece, with CONTINUATION frames behind
    /// it.</summary>
    public static IEnumerable<RawFrame> Headers(int stream, bool end, params byte[][] pieces) =>
        pieces.Select((piece, index) => new RawFrame(
            index == 0 ? RawFrame.Headers : RawFrame.Continuation,
            (byte)((index == 0 && end ? RawFrame.EndStream : 0)
                | (index == pieces.Length - 1 ? RawFrame.EndHeaders : 0)),
            stream,
            piece));

    public static RawFrame Reset(int stream, uint code) => new(RawFrame.RstStream, 0, stream, Number(code));

    public static RawFrame WindowUpdate(int stream, int bytes) =>
        new(RawFrame.WindowUpdate, 0, stream, Number((uint)bytes));

    public static RawFrame Settings(params (int Id, int Value)[] settings) => new(
        RawFrame.Settings, 0, 0, [.. settings.SelectMany(s => (byte[])[0, (byte)s.Id, .. Number((uint)s.Value)])]);

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>Cuts bytes before each of these positions.</summary>
    public static byte[][] CutAt(this byte[] bytes, params int[] positions) =>
        [.. positions.Append(bytes.Length).Zip(positions.Prepend(0), (to, from) => bytes[from..to])];

    /// <summary>Cuts bytes into pieces of this size; the last may be shorter.</summary>
    public static byte[][] CutEvery(this byte[] bytes, int size) => [.. bytes.Chunk(size)];
}
