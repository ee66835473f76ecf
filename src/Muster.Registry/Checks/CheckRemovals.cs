using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.Core.Catalog;
using Muster.Core.Checks;
using Muster.Core.Model;
using Muster.Registry.Sessions;
using Muster.Registry.Store;

namespace Muster.Registry.Checks;

/// <summary>Removes instances that have failed their check for as long as it allows.</summary>
/// <remarks>The lease of such an instance is an ordinary one from then on, and runs out.</remarks>
internal sealed partial class CheckRemovals(Commits commits, CheckRunner checks, MonotonicClock clock, ILogger<CheckRemovals> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        checks.OnOverdue(RemoveAsync);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RemoveAsync(CheckOutput.Overdue overdue)
    {
        // Only what was checked: who registered it otherwise meanwhile has another record.
        if (commits.Current.Find(overdue.Target.Instance) is not { } instance || CheckTarget.Of(instance) != overdue.Target)
        {
            return;
        }

        var removal = new Removal(RemovalReason.CheckFailed, Evidence.OfFailedCheck(overdue.Target, overdue.Signs), clock.Wall);
        var committed = await commits.CommitAsync(
            [new ConditionalChange(RecordChange.InstanceRemoved.Of(instance, removal), instance.Revision)],
            CancellationToken.None);
        if (committed.Refusal is { } refusal)
        {
            throw new StoreUnavailableException(refusal.Message);
        }

        if (committed.Value.AllCommitted)
        {
            LogRemoved(instance.Key, removal.Evidence);
        }
    }

    [LoggerMessage(EventIds.CheckRemoved, LogLevel.Warning, "Removed {Instance}: {Evidence}")]
    private partial void LogRemoved(InstanceKey instance, string evidence);
}
