using Muster.Grpc;

namespace Muster.Client.Resilience;

/// <summary>When a call is over whatever becomes of it, on this process's monotonic clock; null is never.</summary>
/// <remarks>The caller's token says the same by firing, but not beforehand; <c>grpc-timeout</c> does.</remarks>
internal readonly record struct CallDeadline(TimeSpan? At)
{
    /// <summary>The deadline that a request carries.</summary>
    /// <param name="request">The request.</param>
    /// <param name="startedAt">When it arrived here; it was made a moment ago.</param>
    public static CallDeadline Of(HttpRequestMessage request, TimeSpan startedAt) => new(startedAt + GrpcHeaders.ReadTimeout(request));

    public TimeSpan? Left(TimeSpan now) => At - now;

    /// <summary>Whether it has passed at some time.</summary>
    public bool IsPast(TimeSpan time) => time >= At;
}
