using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Client.Registration;

internal sealed partial class RegistrationSession
{
    private void Report(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Listed { IsNew: true } listed:
                LogRegistered(listed.Entry);
                break;
            case SessionEffect.Retried retried:
                LogRetried(retried.Entry, retried.Code, retried.Reason);
                break;
            case SessionEffect.Ended { State: RegistrationState.Deregistered } ended:
                LogDeregistered(ended.Entry);
                break;
            case SessionEffect.Ended ended:
                LogEnded(ended.Entry, ended.State, ended.Reason);
                break;
            case SessionEffect.DrainRequested drain:
                LogDrainRequested(drain.Entry, drain.Reason);
                break;
            case SessionEffect.DrainUnheard unheard:
                LogDrainUnheard(unheard.Entry, unheard.Callers);
                break;
            case SessionEffect.SessionRefused refused:
                LogRefused(refused.Code, refused.Reason);
                break;
        }
    }

    [LoggerMessage(LogEventIds.Registered, LogLevel.Information, "{Instance}: registered")]
    private partial void LogRegistered(SessionEntry instance);

    [LoggerMessage(LogEventIds.Deregistered, LogLevel.Information, "{Instance}: deregistered")]
    private partial void LogDeregistered(SessionEntry instance);

    [LoggerMessage(LogEventIds.RegistrationRetried, LogLevel.Warning, "{Instance}: the registry refuses for now ({Code}: {Reason}); it is tried again")]
    private partial void LogRetried(SessionEntry instance, StatusCode code, string reason);

    [LoggerMessage(LogEventIds.RegistrationEnded, LogLevel.Error, "{Instance}: {State}, which is final: {Reason}")]
    private partial void LogEnded(SessionEntry instance, RegistrationState state, string? reason);

    [LoggerMessage(LogEventIds.DrainRequested, LogLevel.Information, "{Instance}: an operator lets it drain: {Reason}")]
    private partial void LogDrainRequested(SessionEntry instance, string reason);

    [LoggerMessage(LogEventIds.DrainUnheard, LogLevel.Warning, "{Instance}: callers have not acknowledged that it drains, and may still call: {Callers}")]
    private partial void LogDrainUnheard(SessionEntry instance, string callers);

    [LoggerMessage(LogEventIds.SessionRefused, LogLevel.Warning, "The registry refuses a heartbeat ({Code}: {Reason})")]
    private partial void LogRefused(StatusCode code, string reason);

    [LoggerMessage(LogEventIds.RegistrationHandlerFailed, LogLevel.Error, "{Instance}: a handler of one of its events failed")]
    private partial void LogHandlerFailed(string instance, Exception exception);

    [LoggerMessage(LogEventIds.ReportFailed, LogLevel.Error, "{Instance}: asking for its load or health failed")]
    private partial void LogReportFailed(SessionEntry instance, Exception exception);

    [LoggerMessage(LogEventIds.ReportFailed, LogLevel.Warning, "{Instance}: its load report is left out: {Violation}")]
    private partial void LogLoadDropped(SessionEntry instance, Violation violation);
}
