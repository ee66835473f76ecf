using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Muster.Grpc;

/// <summary>Errors with details for programs: messages that travel beside the status, by the public convention of
/// <c>google.rpc.Status</c> in <c>grpc-status-details-bin</c>.</summary>
public static class RichError
{
    /// <summary>Makes an exception that carries details.</summary>
    /// <param name="status">The status; repeated inside the details, as the convention asks.</param>
    /// <param name="details">Any messages, such as <c>google.rpc.ErrorInfo</c>; a few kilobytes at most.</param>
    public static RpcException Create(Status status, params IEnumerable<IMessage> details)
    {
        var rich = new Protos.Rpc.Status { Code = (int)status.Code, Message = status.Detail };
        rich.Details.AddRange(details.Select(Any.Pack));
        return new RpcException(status) { StatusDetails = rich.ToByteArray() };
    }

    /// <summary>The details that came with an exception; empty if there are none, or if they cannot be read.</summary>
    /// <remarks>Unpack each with <see cref="Any.TryUnpack{T}(out T)"/>.</remarks>
    public static IReadOnlyList<Any> GetDetails(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception.StatusDetails is not { } bytes)
        {
            return [];
        }

        try
        {
            return [.. Protos.Rpc.Status.Parser.ParseFrom(bytes.Span).Details];
        }
        catch (InvalidProtocolBufferException)
        {
            // The status itself is known; losing the extras must not hide it.
            return [];
        }
    }
}
