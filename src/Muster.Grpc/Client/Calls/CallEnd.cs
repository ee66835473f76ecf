namespace Muster.Grpc.Calls;

/// <summary>How a call ended.</summary>
internal sealed record CallEnd(Status Status, Metadata Trailers)
{
    /// <summary>The end of a call that went well and has nothing more to say.</summary>
    public static readonly CallEnd Ok = new(Status.Ok, Metadata.Empty);

    public Exception? Cause { get; init; }

    public bool NeverRan { get; init; }

    public ReadOnlyMemory<byte>? StatusDetails { get; init; }

    public TimeSpan? RetryPushback { get; init; }

    public bool IsOk => Status.Code == StatusCode.OK;

    public static CallEnd From(RpcException e) => new(e.Status, e.Trailers)
    {
        Cause = e.InnerException,
        NeverRan = e.NeverRan,
        StatusDetails = e.StatusDetails,
        RetryPushback = e.RetryPushback,
    };

    /// <summary>A fresh exception for each thrower: reader and writer may throw at the same time.</summary>
    public RpcException ToException() => new(Status, Trailers, Cause)
    {
        NeverRan = NeverRan,
        StatusDetails = StatusDetails,
        RetryPushback = RetryPushback,
    };
}
