namespace Muster.Grpc.Wire;

/// <summary>Header names and values that the specification fixes (grpc/doc/PROTOCOL-HTTP2.md).</summary>
internal static class WireNames
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string StatusDetails = "grpc-status-details-bin";
    public const string RetryPushback = "grpc-retry-pushback-ms";
    public const string PreviousAttempts = "grpc-previous-rpc-attempts";
    public const string Identity = "identity";

    /// <summary>Keys with this suffix carry base64.</summary>
    public const string BinarySuffix = "-bin";

    /// <summary>Keys with this prefix belong to gRPC.</summary>
    public const string ReservedPrefix = "grpc-";

    /// <summary>Whether a content type is gRPC with protobuf messages: <c>application/grpc</c> or
    /// <c>application/grpc+proto</c>, parameters ignored. Other message formats (<c>+json</c>) are refused: both sides
    /// here speak protobuf only.</summary>
    public static bool IsGrpcContentType(string? value)
    {
        if (value is null || !value.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = value.AsSpan(ContentType.Length);
        var end = rest.IndexOfAny(';', ' ');
        rest = end < 0 ? rest : rest[..end];
        return rest.IsEmpty || rest.Equals("+proto", StringComparison.OrdinalIgnoreCase);
    }
}
