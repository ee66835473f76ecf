using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Registry;

/// <summary>Proposes changes to the store, and waits until the catalog shows what was committed.</summary>
internal sealed class Commits(ICatalogStore store, CatalogFeed feed)
{
    // A conflict means that somebody else changed the same record meanwhile. Three losses in a row on one address are a
    // quarrel that the caller should hear of.
    public const int AttemptsMax = 3;

    public CatalogSnapshot Current => feed.Current;

    public async Task<Answer<CommitResult>> CommitAsync(
        IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        try
        {
            var result = await store.CommitAsync(batch, cancellationToken);
            // A caller is answered once the catalog shows what it was told: otherwise its next read here might not. Without the
            // token: who is cancelled can then be sure that nothing was committed.
            return await feed.WaitForCommitAsync(result.Revision)
                ? result
                : new Refusal(RefusalReason.Unavailable,
                    $"revision {result.Revision} is committed, but this node has not caught up with it within {Limits.RevisionWaitMax.TotalSeconds} s.");
        }
        catch (StoreUnavailableException e)
        {
            return new Refusal(RefusalReason.Unavailable, e.Message);
        }
    }

    public Answer<InstanceRecord> Find(InstanceKey key)
    {
        if (Current.Find(key) is { } instance)
        {
            return instance;
        }

        return Refusal.NotFound(Current.Services.ContainsKey(key.Service)
            ? $"instance_id is {Violation.Quote(key.Id)}: service '{key.Service}' has no such instance."
            : $"service is {Violation.Quote(key.Service.ToString())}: no such service is known.");
    }

    public static Refusal Conflict(InstanceKey key) => new(
        RefusalReason.Conflict, $"instance '{key}' was changed by others {AttemptsMax} times meanwhile; try again.");
}
