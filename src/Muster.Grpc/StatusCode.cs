namespace Muster.Grpc;

/// <summary>The seventeen status codes of gRPC, with the numbers of the public specification
/// (grpc/doc/statuscodes.md).</summary>
public enum StatusCode
{
    /// <summary>The call succeeded.</summary>
    OK = 0,

    /// <summary>The call was cancelled, usually by its caller.</summary>
    Cancelled = 1,

    /// <summary>An error that fits no other code, or one from a peer that sent none.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call ended; it may still have had its effect.</summary>
    DeadlineExceeded = 4,

    /// <summary>What the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>What the request would create exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known but may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota or bound is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state that the request needs; retrying as it is does not help.</summary>
    FailedPrecondition = 9,

    /// <summary>A concurrency conflict ended the call; the caller may retry at a higher level.</summary>
    Aborted = 10,

    /// <summary>The request reaches past the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The method is not implemented by this server.</summary>
    Unimplemented = 12,

    /// <summary>An invariant of the serving system is broken.</summary>
    Internal = 13,

    /// <summary>The service cannot be reached right now; a retry may help.</summary>
    Unavailable = 14,

    /// <summary>Data was lost or corrupted beyond recovery.</summary>
    DataLoss = 15,

    /// <summary>The request carries no valid credentials.</summary>
    Unauthenticated = 16,
}
