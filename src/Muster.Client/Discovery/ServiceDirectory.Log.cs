using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Client.Discovery;

/// <summary>What the directory logs.</summary>
internal sealed partial class ServiceDirectory
{
    [LoggerMessage(LogEventIds.SubscriptionRefused, LogLevel.Warning, "{Service}: the registry refuses the watch ({Code}: {Reason}); it is tried again")]
    private partial void LogRefused(ServiceKey service, StatusCode code, string reason);

    [LoggerMessage(LogEventIds.StatisticsRefused, LogLevel.Warning,
        "{Service}: the registry refuses what it is told of calls ({Code}: {Reason}); it is told again after a minute")]
    private partial void LogStatisticsRefused(ServiceKey service, StatusCode code, string reason);

    [LoggerMessage(LogEventIds.InstanceDropped, LogLevel.Warning, "{Service}: an instance that the registry sent is left out: {Violation}")]
    private partial void LogDropped(ServiceKey service, Violation violation);

    [LoggerMessage(LogEventIds.KeptInstancesUsed, LogLevel.Warning, "{Service}: the registry has not answered; calls go to {Count} instances that were kept on disk {Age} ago, until it does")]
    private partial void LogKeptUsed(ServiceKey service, int count, TimeSpan age);

    [LoggerMessage(LogEventIds.WatchHandlerFailed, LogLevel.Error, "A handler of StaleChanged failed")]
    private partial void LogHandlerFailed(Exception exception);
}
