using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <content>What it says in the log.</content>
internal sealed partial class LeaseKeeper
{
    private void Log(GuardNotice notice)
    {
        var scope = notice.Service?.ToString() ?? "all services";
        switch (notice.Change)
        {
            case GuardChange.Began:
                LogGuardBegan(notice.Silent, notice.Total, scope);
                break;
            case GuardChange.Recovered:
                LogGuardRecovered(notice.Silent, notice.Total, scope);
                break;
            case GuardChange.Released:
                LogGuardReleased(scope);
                break;
        }
    }

    [LoggerMessage(EventIds.Stalled, LogLevel.Warning,
        "This process stood still for {Stall}: every lease gets one full TTL from now, because renewals may have come unread")]
    private partial void LogStalled(TimeSpan stall);

    [LoggerMessage(EventIds.GuardBegan, LogLevel.Error,
        "{Silent} of {Total} instances of {Scope} fell silent at once: the network is the likelier cause, so nobody is removed for silence; they stay TIMEOUT. It ends when they renew, after ten TTLs, or by 'muster guard --release'")]
    private partial void LogGuardBegan(int silent, int total, string scope);

    [LoggerMessage(EventIds.GuardRecovered, LogLevel.Warning,
        "{Silent} of {Total} instances of {Scope} are still silent: the mass-expiry guard has ended, and they are removed when their time is over")]
    private partial void LogGuardRecovered(int silent, int total, string scope);

    [LoggerMessage(EventIds.GuardReleased, LogLevel.Warning, "The mass-expiry guard of {Scope} was released by an operator")]
    private partial void LogGuardReleased(string scope);

    [LoggerMessage(EventIds.LeasesExpired, LogLevel.Warning,
        "{Count} leases ran out together. What happened to each is in the history of its service, and here at level Debug")]
    private partial void LogExpiredAtOnce(int count);

    [LoggerMessage(EventIds.LeaseExpiryFailed, LogLevel.Error,
        "Lease {Lease} ran out, but the removal of its instances could not be made durable; it gets one more TTL")]
    private partial void LogExpiryFailed(LeaseId lease, Exception exception);
}
