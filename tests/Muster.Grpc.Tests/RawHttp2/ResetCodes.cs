namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>What the error code of a RST_STREAM means to a call: the table "Errors" of PROTOCOL-HTTP2.md.</summary>
internal static class ResetCodes
{
    public static readonly IReadOnlyDictionary<uint, StatusCode> Statuses = new Dictionary<uint, StatusCode>
    {
        [0x0] = StatusCode.Internal, // NO_ERROR
        [0x1] = StatusCode.Internal, // PROTOCOL_ERROR
        [0x2] = StatusCode.Internal, // INTERNAL_ERROR
        [0x3] = StatusCode.Internal, // FLOW_CONTROL_ERROR
        [0x4] = StatusCode.Internal, // SETTINGS_TIMEOUT
        [0x5] = StatusCode.Unknown, // STREAM_CLOSED: no mapping
        [0x6] = StatusCode.Internal, // FRAME_SIZE_ERROR
        [0x7] = StatusCode.Unavailable, // REFUSED_STREAM
        [0x8] = StatusCode.Cancelled, // CANCEL
        [0x9] = StatusCode.Internal, // COMPRESSION_ERROR
        [0xa] = StatusCode.Internal, // CONNECT_ERROR
        [0xb] = StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        [0xc] = StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        [0xd] = StatusCode.Unknown, // HTTP_1_1_REQUIRED: no mapping
        [0xff] = StatusCode.Unknown, // no such code
    };
}
