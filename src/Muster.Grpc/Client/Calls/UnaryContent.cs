using System.Buffers;
using System.Net;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>One request message. Encodes it anew each time it is sent, so that it can be sent again.</summary>
/// <remarks>The length is not announced: gRPC peers do not expect a content-length, and a handler may look at the
/// content without paying for the size.</remarks>
internal sealed class UnaryContent(IMessage message, bool compress) : HttpContent, IReplayableContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The send limit was checked before the request was made.
        var frame = compress ? FrameWriter.RentCompressed(message, null) : FrameWriter.Rent(message, null);
        try
        {
            await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame.Array!);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
