using Microsoft.Extensions.Logging;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>What the handler logs.</summary>
internal static partial class Log
{
    [LoggerMessage(LogEventIds.AttemptRetried, LogLevel.Debug,
        "An attempt at instance {InstanceId} of {Service} failed ({Failure}); the call goes on at {NextInstanceId}")]
    public static partial void Retried(ILogger log, string instanceId, ServiceKey service, AttemptFailure failure, string nextInstanceId);

    [LoggerMessage(LogEventIds.Picked, LogLevel.Debug, "Instance {InstanceId} of {Service} is picked by {Policy} of {Candidates}: {Reason}")]
    public static partial void Picked(ILogger log, string instanceId, ServiceKey service, string policy, int candidates, string reason);

    [LoggerMessage(LogEventIds.RetryBudgetSpent, LogLevel.Warning,
        "So many calls of {Service} fail that they are not sent again: the budget of {Percent} % of its calls is spent")]
    public static partial void BudgetSpent(ILogger log, ServiceKey service, double percent);

    [LoggerMessage(LogEventIds.ObserverFailed, LogLevel.Warning, "The call observer of {Service} threw; the call is not affected")]
    public static partial void ObserverFailed(ILogger log, Exception exception, ServiceKey service);
}
