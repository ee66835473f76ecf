using Muster.Grpc;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>How a call may end, whatever it was.</summary>
internal static class Statuses
{
    private static readonly HashSet<StatusCode> s_intended =
    [
        StatusCode.OK, StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.AlreadyExists, StatusCode.FailedPrecondition,
        StatusCode.ResourceExhausted, StatusCode.Aborted, StatusCode.Unavailable, StatusCode.DeadlineExceeded,
    ];

    /// <param name="what">Which call.</param>
    /// <param name="status">How it ended.</param>
    /// <param name="isSound">Whether its bytes were such messages as the method takes, whatever they said. gRPC has INTERNAL for
    /// those that are not; its text says what is wrong with them.</param>
    public static void Check(string what, Status status, bool isSound)
    {
        var isOfTheWire = !isSound && status.Code == StatusCode.Internal && status.Detail.StartsWith("Invalid ", StringComparison.Ordinal);
        Assert.True(s_intended.Contains(status.Code) || isOfTheWire, $"{what} ended with {status}");
        Assert.True(status.Code == StatusCode.OK || status.Detail.Length is > 0 and < 4096, $"{what} says nothing, or too much: {status}");
    }
}
