using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Registry.Api;

/// <summary>Refusals as gRPC statuses.</summary>
internal static class Refusals
{
    public static StatusCode Code(this Refusal refusal) => refusal.Reason switch
    {
        RefusalReason.Invalid => StatusCode.InvalidArgument,
        RefusalReason.NotFound => StatusCode.NotFound,
        RefusalReason.AlreadyExists => StatusCode.AlreadyExists,
        RefusalReason.Precondition => StatusCode.FailedPrecondition,
        RefusalReason.Exhausted => StatusCode.ResourceExhausted,
        RefusalReason.Conflict => StatusCode.Aborted,
        _ => StatusCode.Unavailable,
    };

    public static RpcException ToException(this Refusal refusal) => new(refusal.Code(), refusal.Message);

    /// <summary>The value, or the refusal as an exception that ends the call with its status.</summary>
    public static T OrThrow<T>(this Answer<T> answer) =>
        answer.Refusal is { } refusal ? throw refusal.ToException() : answer.Value;

    public static void ThrowIfAny(Violation? violation)
    {
        if (violation is not null)
        {
            throw Refusal.Invalid(violation).ToException();
        }
    }
}
