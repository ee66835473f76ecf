using System.Globalization;
using System.IO.Compression;
using Google.Protobuf;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2.Cuts;

/// <summary>How a conversation is cut.</summary>
public enum CutManner
{
    /// <summary>The connection ends cleanly (FIN).</summary>
    Close,

    /// <summary>The connection breaks (RST).</summary>
    Abort,

    /// <summary>The stream is reset, with the code of the conversation.</summary>
    Reset,

    /// <summary>Nothing more comes, until the deadline.</summary>
    Silence,
}

/// <summary>One side of a valid call, how it is laid out in frames, and where it is cut.</summary>
internal sealed record Conversation
{
    private const int FrameBytesMax = 16_384 - 256;

    public required MethodKind Kind { get; init; }

    /// <summary>The payload bytes of each message, for a side that streams; another side sends the first.</summary>
    public required int[] Sizes { get; init; }

    /// <summary>Entries of metadata beside what gRPC needs.</summary>
    public required int Metadata { get; init; }

    public required bool Gzip { get; init; }

    /// <summary>Over how many DATA frames the messages are spread, wherever that cuts them.</summary>
    public required int DataFrames { get; init; }

    /// <summary>How much of a header block goes into one HEADERS or CONTINUATION frame.</summary>
    public required int BlockBytes { get; init; }

    public required byte Padding { get; init; }

    /// <summary>Where it is cut: 0 is before the first byte, 1000 behind the last.</summary>
    public required int CutPermille { get; init; }

    public required CutManner Manner { get; init; }

    public required uint ResetCode { get; init; }

    public override string ToString()
    {
        var sizes = string.Join('+', Sizes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Kind}, messages {sizes}, metadata {Metadata}, gzip {Gzip}, {DataFrames} DATA frames, "
            + $"blocks of {BlockBytes}, padding {Padding}, {Manner} at {CutPermille}/1000, code {ResetCode}");
    }

    /// <summary>The messages that a side sends.</summary>
    public List<Note> Notes(bool streams) =>
    [
        .. (streams ? Sizes : Sizes.Append(0).Take(1)).Select((size, index) => new Note
        {
            Number = index + 1,
            Payload = ByteString.CopyFrom(Enumerable.Repeat((byte)index, size).ToArray()),
        }),
    ];

    public IEnumerable<(string Name, string Value)> MetadataHeaders() =>
        from i in Enumerable.Range(0, Metadata) select ($"x-meta-{i}", $"value {i}");

    /// <summary>The frames of one side: headers, messages and, for a response, trailers.</summary>
    public Wire Encode(
        int stream,
        IEnumerable<(string, string)> headers,
        IEnumerable<Note> notes,
        IEnumerable<(string, string)>? trailers)
    {
        byte[] body = [.. notes.SelectMany(note => Gzip ? Zip(note) : Frames.Of(note))];
        var pieces = body.CutEvery(Math.Clamp(body.Length / DataFrames, 1, FrameBytesMax));
        var head = RawFrames.Headers(stream, end: false, Hpack.Encode(headers).CutEvery(BlockBytes)).ToList();
        var data = pieces.Select(piece => Padding > 0
            ? RawFrames.PaddedData(stream, piece, Padding)
            : RawFrames.Data(stream, piece));
        var tail = trailers is null
            ? [RawFrames.Data(stream, [], end: true)]
            : RawFrames.Headers(stream, end: true, Hpack.Encode(trailers).CutEvery(BlockBytes));
        return new Wire([.. head, .. data, .. tail], head.Count);
    }

    private static byte[] Zip(Note note)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            note.WriteTo(gzip);
        }

        return Frames.Of(packed.ToArray(), flag: 1);
    }
}
