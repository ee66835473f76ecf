using Microsoft.Extensions.Logging;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>All log messages of this package, by event id.</summary>
internal static partial class Log
{
    /// <summary>Debug, not warning: any stranger can cause it at any rate.</summary>
    [LoggerMessage(1, LogLevel.Debug, "{Method} ended with {Code}: {Detail}")]
    public static partial void CallFailed(ILogger logger, string method, StatusCode code, string detail);

    [LoggerMessage(2, LogLevel.Error, "The handler of {Method} failed; the client was told Unknown.")]
    public static partial void HandlerFailed(ILogger logger, string method, Exception exception);
}
