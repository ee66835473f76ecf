using System.Buffers;
using System.Net;
using Google.Protobuf;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>One request message. Encodes it anew each time it is sent, so that it can be sent again.</summary>
/// <remarks>The length is not announced: gRPC peers do not expect a content-length, and a handler may look at the
/// content without paying for the size.</remarks>
internal sealed class UnaryContent(GrpcMethod method, IMessage message, bool compress) : HttpContent, IReplayableContent, IFollowedContent
{
    /// <summary>Up to this size an array for the message alone is cheaper than a rented one, which somebody has to wait for
    /// and give back.</summary>
    private const int OwnArrayBytesMax = 512;

    private static readonly object s_over = new();

    // Null, who is told, or that the call is over. A handler that sends the content again may come here while the call ends: each
    // of them is either told or refused, and nobody twice.
    private object? _follower;

    public GrpcMethod Method => method;

    // A call with many answers ends with its reader, who does not come here.
    public bool TryFollow(ICallFollower follower) =>
        method.Kind == MethodKind.Unary && Interlocked.CompareExchange(ref _follower, follower, null) is null;

    /// <summary>Tells the follower, if there is one, unless it has been told.</summary>
    public void End(HttpResponseMessage? response, Exception? failure) =>
        (Interlocked.Exchange(ref _follower, s_over) as ICallFollower)?.OnEnded(response, failure);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    // The send limit was checked before the request was made.
    protected override Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        !compress && message.CalculateSize() <= OwnArrayBytesMax
            ? stream.WriteAsync(EncodedMessage.Encode(message).Frame, cancellationToken).AsTask()
            : WriteRentedAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }

    private async Task WriteRentedAsync(Stream stream, CancellationToken cancellationToken)
    {
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
}
