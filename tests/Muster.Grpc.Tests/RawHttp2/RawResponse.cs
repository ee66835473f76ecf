using System.Buffers.Binary;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>All that came back on one stream.</summary>
internal sealed class RawResponse
{
    public List<(string Name, string Value)> Headers { get; } = [];

    public List<(string Name, string Value)> Trailers { get; } = [];

    public List<byte> Body { get; } = [];

    /// <summary>Whether the stream ended; otherwise it was reset, or the connection ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The code of a RST_STREAM in place of an end.</summary>
    public uint? ResetCode { get; private set; }

    public bool IsOver => HasEnded || ResetCode is not null;

    /// <summary>The HTTP status.</summary>
    public string? HttpStatus => Find(Headers, ":status");

    /// <summary>The <c>grpc-status</c>, from the trailers or a block that is trailers only.</summary>
    public string? Status => Find(Trailers, "grpc-status") ?? Find(Headers, "grpc-status");

    public List<Note> Notes
    {
        get
        {
            var notes = new List<Note>();
            byte[] body = [.. Body];
            for (var start = 0; start < body.Length;)
            {
                Assert.Equal(0, body[start]);
                var end = start + 5 + BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(start + 1));
                notes.Add(Note.Parser.ParseFrom(body[(start + 5)..end]));
                start = end;
            }

            return notes;
        }
    }

    /// <summary>Takes the next frame of the stream. Kestrel sends each header block in one frame.</summary>
    public void Add(RawFrame frame)
    {
        switch (frame.Type)
        {
            case RawFrame.Headers:
                (Headers.Count == 0 ? Headers : Trailers).AddRange(Hpack.Decode(frame.Payload));
                break;
            case RawFrame.Data:
                Body.AddRange(frame.Payload);
                break;
            case RawFrame.RstStream:
                ResetCode = BinaryPrimitives.ReadUInt32BigEndian(frame.Payload);
                break;
            default:
                break;
        }

        HasEnded |= frame.IsEndOfStream;
    }

    private static string? Find(List<(string Name, string Value)> block, string name) =>
        block.Where(header => header.Name == name).Select(header => header.Value).SingleOrDefault();
}
