namespace Muster.Grpc.Tests.RawHttp2.Cuts;

/// <summary>One side of a conversation in bytes.</summary>
internal sealed class Wire
{
    /// <summary>Positions where a RST_STREAM may stand: between frames, and not inside a header block.</summary>
    private readonly List<int> _frameEnds = [];

    public Wire(IReadOnlyList<RawFrame> frames, int headFrames)
    {
        Bytes = [.. frames.SelectMany(frame => frame.Encode())];
        var end = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            end += RawFrame.HeadBytes + frames[i].Payload.Length;
            var isInBlock = frames[i].Type is RawFrame.Headers or RawFrame.Continuation
                && (frames[i].Flags & RawFrame.EndHeaders) == 0;
            if (!isInBlock)
            {
                _frameEnds.Add(end);
            }

            HeadEnd = i == headFrames - 1 ? end : HeadEnd;
        }
    }

    public byte[] Bytes { get; }

    /// <summary>Where the first header block is complete.</summary>
    public int HeadEnd { get; }

    /// <summary>How many bytes are sent.</summary>
    /// <param name="conversation">Says where to cut.</param>
    /// <param name="resetFrom">The first position at which the stream exists, and can be reset.</param>
    public int CutOf(Conversation conversation, int resetFrom)
    {
        var cut = (int)((long)Bytes.Length * conversation.CutPermille / 1000);
        return conversation.Manner == CutManner.Reset && cut < Bytes.Length
            ? _frameEnds.Prepend(0).Last(end => end <= Math.Max(cut, resetFrom))
            : cut;
    }
}
