namespace Muster.Grpc.Calls;

/// <summary>How a call ended.</summary>
internal sealed record CallEnd(Status Status, Metadata Trailers, Exception? Cause = null, bool NeverRan = false)
{
    public bool IsOk => Status.Code == StatusCode.OK;

    public static CallEnd From(RpcException e) => new(e.Status, e.Trailers, e.InnerException, e.NeverRan);

    /// <summary>A fresh exception for each thrower: reader and writer may throw at the same time.</summary>
    public RpcException ToException() => new(Status, Trailers, Cause) { NeverRan = NeverRan };
}
