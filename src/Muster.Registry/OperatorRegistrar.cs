using System.Globalization;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Sessions;
using Muster.Registry.Store;

namespace Muster.Registry;

/// <summary>What operators ask of instances that are not theirs: hold them out or draining, let them in, remove them.</summary>
/// <remarks>Thread-safe. An operator's wish is a <see cref="Hold"/> beside the record, so whatever its owner announces, and whether
/// it is listed at the time or not, only an operator takes it back.</remarks>
internal sealed partial class OperatorRegistrar(
    Commits commits, LeaseKeeper leases, MonotonicClock clock, ILogger<OperatorRegistrar> logger)
{
    /// <summary>Sets an operator's wish; <see cref="Intent.Serving"/> takes it back.</summary>
    /// <param name="key">An instance that is listed; or one that is not, for taking a wish back.</param>
    /// <param name="intent">What is wanted.</param>
    /// <param name="by">Who asks, and from where.</param>
    /// <param name="cancellationToken">Ends the wait; what was committed stays.</param>
    public async Task<Answer<IntentSet>> SetIntentAsync(
        InstanceKey key, Intent intent, string by, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Commits.AttemptsMax; attempt++)
        {
            var hold = commits.Current.Holds.GetValueOrDefault(key);
            var found = commits.Find(key);
            if (!found.TryGet(out var instance, out var refusal) && (hold is null || intent != Intent.Serving))
            {
                return refusal;
            }

            var isHeld = (hold?.Intent ?? Intent.Serving) == intent;
            if (isHeld && (instance is null || instance.OperatorIntent == intent))
            {
                return new IntentSet(instance?.Revision ?? commits.Current.Revision, instance?.Intent ?? intent);
            }

            if (hold is null && !isHeld && commits.Current.Holds.Count >= Limits.HoldsMax)
            {
                return new Refusal(RefusalReason.Exhausted, string.Create(CultureInfo.InvariantCulture,
                    $"instances that operators hold are {commits.Current.Holds.Count}: at most {Limits.HoldsMax} are allowed; let one in first."));
            }

            // The record last: its watchers hear of it, and the hold is what keeps it so.
            var batch = new List<ConditionalChange>();
            if (!isHeld)
            {
                batch.Add(new(HoldOf(key, intent, by), null));
            }

            var changed = instance is null ? null : instance with { OperatorIntent = intent };
            if (changed is not null)
            {
                batch.Add(new(new RecordChange.InstancePut(changed), instance!.Revision));
            }

            var committed = await commits.CommitAsync(batch, cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                return refusal;
            }

            if (result.AllCommitted)
            {
                LogHeld(key, intent, by);
                if (changed is not null && intent == Intent.Draining)
                {
                    leases.RequestDrain(key, changed.Lease);
                }

                return new IntentSet(result.Revision, changed?.Intent ?? intent);
            }
        }

        return Commits.Conflict(key);
    }

    /// <summary>Removes an instance for good. Its lease goes on, so that its provider can still be told.</summary>
    /// <param name="key">The instance.</param>
    /// <param name="by">Who asks, and from where.</param>
    /// <param name="reason">Why; may be empty.</param>
    /// <param name="cancellationToken">Ends the wait; what was committed stays.</param>
    public async Task<Answer<Revision>> RemoveAsync(
        InstanceKey key, string by, string reason, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Commits.AttemptsMax; attempt++)
        {
            if (!commits.Find(key).TryGet(out var instance, out var refusal))
            {
                return refusal;
            }

            var removal = new Removal(
                RemovalReason.Operator, Evidence.OfRemoval(by, reason, instance, leases.SignsOf(instance.Lease)), clock.Wall);
            var committed = await commits.CommitAsync(
                [new(RecordChange.InstanceRemoved.Of(instance, removal), instance.Revision)], cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                return refusal;
            }

            if (result.AllCommitted)
            {
                LogRemoved(key, removal.Evidence);
                return result.Revision;
            }
        }

        return Commits.Conflict(key);
    }

    private RecordChange HoldOf(InstanceKey key, Intent intent, string by) => intent == Intent.Serving
        ? new RecordChange.HoldReleased(key)
        : new RecordChange.HoldPut(new Hold(key, intent, by, clock.Wall));

    [LoggerMessage(EventIds.InstanceHeld, LogLevel.Information, "{Instance}: {By} wants it {Intent}")]
    private partial void LogHeld(InstanceKey instance, Intent intent, string by);

    [LoggerMessage(EventIds.InstanceRemovedByOperator, LogLevel.Warning, "Removed {Instance}: {Evidence}")]
    private partial void LogRemoved(InstanceKey instance, string evidence);
}
