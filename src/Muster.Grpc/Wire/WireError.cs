namespace Muster.Grpc.Wire;

/// <summary>What can be wrong with the bytes of a call, with one wording for both sides.</summary>
internal static class WireError
{
    public static RpcException BadFlag(byte flag) =>
        new(StatusCode.Internal, $"Invalid frame: the compression flag is {flag}; only 0 and 1 exist.");

    public static RpcException CutOff() =>
        new(StatusCode.Internal, "Invalid frame: the stream ended in the middle of a message.");

    public static RpcException CompressedWithoutEncoding() =>
        new(StatusCode.Internal, "Invalid frame: a message is flagged as compressed, but no grpc-encoding was named.");

    public static RpcException Malformed(string messageName, Exception cause) =>
        new(
            new Status(StatusCode.Internal, $"Invalid message: the bytes are not a {messageName}. {cause.Message}"),
            null,
            cause);

    public static RpcException NoMessage() =>
        new(StatusCode.Internal, "Invalid stream: it ended without a message; exactly one is expected.");

    public static RpcException SecondMessage() =>
        new(StatusCode.Internal, "Invalid stream: a second message arrived; exactly one is expected.");

    public static RpcException ReceivedTooLarge(long messageBytes, int messageBytesMax) =>
        new(
            StatusCode.ResourceExhausted,
            $"A received message has {messageBytes} bytes; the limit is {messageBytesMax}.");

    public static RpcException UnpackedTooLarge(int messageBytesMax) =>
        new(
            StatusCode.ResourceExhausted,
            $"A received message unpacks to more than the limit of {messageBytesMax} bytes.");

    public static RpcException NotGzip(Exception cause) =>
        new(new Status(StatusCode.Internal, "Invalid frame: the compressed message is not gzip."), null, cause);

    public static RpcException UnknownEncoding(StatusCode code, string encoding) =>
        new(code, $"The grpc-encoding '{encoding}' is not supported here; {MessageEncoding.Accepted} are.");

    public static RpcException SentTooLarge(long messageBytes, int messageBytesMax) =>
        new(
            StatusCode.ResourceExhausted,
            $"The message to send has {messageBytes} bytes; the limit is {messageBytesMax}.");

    public static RpcException MetadataTooLarge(int bytes, int bytesMax) =>
        new(StatusCode.ResourceExhausted, $"The metadata to send has {bytes} bytes; the limit is {bytesMax}.");

    public static RpcException BadBase64(string key) =>
        new(StatusCode.Internal, $"Invalid metadata: the value of '{key}' is not base64.");
}
