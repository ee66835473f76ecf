namespace Muster.Grpc;

/// <summary>A call that did not end with <see cref="StatusCode.OK"/>. Handlers throw it to choose the status that
/// the caller sees; clients receive it.</summary>
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
}
