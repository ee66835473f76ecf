using Microsoft.Extensions.Logging;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Picking;

/// <summary>What fleets log.</summary>
internal static partial class Log
{
    [LoggerMessage(LogEventIds.InstanceSetAside, LogLevel.Information,
        "Instance {InstanceId} of {Service} cannot be connected to at {Address} and is set aside for a while: {Reason}")]
    public static partial void SetAside(ILogger log, string instanceId, ServiceKey service, string address, string reason);

    [LoggerMessage(LogEventIds.InstanceCameBack, LogLevel.Information, "Instance {InstanceId} of {Service} is well again at {Address}")]
    public static partial void CameBack(ILogger log, string instanceId, ServiceKey service, string address);

    [LoggerMessage(LogEventIds.PanicBegan, LogLevel.Warning,
        "Too few instances of {Service} are left that are not set aside: calls go to those too")]
    public static partial void PanicBegan(ILogger log, ServiceKey service);

    [LoggerMessage(LogEventIds.PanicEnded, LogLevel.Information, "Calls of {Service} go to none that is set aside any more")]
    public static partial void PanicEnded(ILogger log, ServiceKey service);

    [LoggerMessage(LogEventIds.ReportsDoubted, LogLevel.Warning,
        "Instances of {Service} report fewer requests than this process alone has there: their load reports are old, or another process's, "
        + "and are not used for {Minutes} min; calls go by what is in flight from here")]
    public static partial void ReportsDoubted(ILogger log, ServiceKey service, int minutes);

    [LoggerMessage(LogEventIds.ShadowFailed, LogLevel.Warning, "The shadow policy '{Policy}' of {Service} threw; no call is affected")]
    public static partial void ShadowFailed(ILogger log, Exception exception, string policy, ServiceKey service);

    [LoggerMessage(LogEventIds.InstanceEjected, LogLevel.Warning,
        "Instance {InstanceId} of {Service} at {Address} is set aside for a while: {Reason}")]
    public static partial void Ejected(ILogger log, string instanceId, ServiceKey service, string address, BreakerReason reason);
}
