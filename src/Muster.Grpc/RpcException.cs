namespace Muster.Grpc;

/// <summary>A call that did not end with <see cref="StatusCode.OK"/>. Handlers throw it to choose the status that the
/// caller sees; clients receive it.</summary>
public sealed class RpcException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="trailers">Trailing metadata; null means none.</param>
    /// <param name="innerException">What caused it on this side, if anything did.</param>
    public RpcException(Status status, Metadata? trailers = null, Exception? innerException = null)
        : base($"{status.Code}: {status.Detail}", innerException)
    {
        Status = status;
        Trailers = trailers ?? Metadata.Empty;
    }

    /// <summary>Creates the exception from a code and a sentence.</summary>
    /// <param name="code">The status code.</param>
    /// <param name="detail">A sentence that names what is wrong.</param>
    public RpcException(StatusCode code, string detail)
        : this(new Status(code, detail))
    {
    }

    /// <summary>How the call ended.</summary>
    public Status Status { get; }

    /// <summary>Shorthand for the code of <see cref="Status"/>.</summary>
    public StatusCode Code => Status.Code;

    /// <summary>The trailing metadata that came with the status; empty if none did.</summary>
    public Metadata Trailers { get; }

    /// <summary>Whether it is certain that no handler ever saw the call, so that it may be sent again whatever its
    /// method does: the connection failed, or the server refused the stream. False means that nobody knows.</summary>
    public bool NeverRan { get; init; }

    /// <summary>The bytes of a <c>google.rpc.Status</c> message with details for programs, or null if there are none.
    /// <see cref="RichError"/> writes and reads them.</summary>
    /// <remarks>Travels in the trailers as <c>grpc-status-details-bin</c>. Together with the other trailers it should
    /// stay far below the 16 KiB that one block may have: above it a handler's details are not sent.</remarks>
    public ReadOnlyMemory<byte>? StatusDetails { get; init; }

    /// <summary>When the server wants the call tried again.</summary>
    /// <value>Null: it did not say. <see cref="Timeout.InfiniteTimeSpan"/>: not at all. Otherwise the wait, in whole
    /// milliseconds, zero included.</value>
    /// <remarks>Travels in the trailers as <c>grpc-retry-pushback-ms</c>. It does not say that a retry is
    /// safe.</remarks>
    public TimeSpan? RetryPushback { get; init; }
}
