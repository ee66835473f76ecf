using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Sessions;
using Muster.Registry.Store;
using Muster.Registry.Watch;

namespace Muster.Registry;

/// <summary>The one way into the catalog: takes commits from the store, applies them, and tells sessions and watchers.</summary>
/// <remarks>One loop applies; everyone else reads <see cref="Current"/> or waits for a revision.</remarks>
internal sealed partial class CatalogFeed(
    ICatalogStore store, WatchHub watches, LeaseKeeper leases, ServiceJanitor janitor, Removals removals,
    IEnumerable<ICatalogFollower> followers, TimeProvider timeProvider, ILogger<CatalogFeed> logger)
    : BackgroundService
{
    // Below, it is not worth the tenth of a second.
    private const int InstancesToTidyAfter = 10_000;

    private static readonly Task<bool> s_reached = Task.FromResult(true);

    private readonly RevisionWaiters _waiters = new();
    private readonly ICatalogFollower[] _followers = [.. followers];
    private Catalog? _catalog;

    // The newest; whoever loses a race for it waits by itself.
    private volatile CommitWait? _commitWait;

    /// <summary>The newest snapshot.</summary>
    public CatalogSnapshot Current => (_catalog ?? throw new InvalidOperationException("The catalog is not loaded yet.")).Current;

    /// <summary>Whether the catalog is loaded.</summary>
    public bool IsLoaded => _catalog is not null;

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Loaded before the server listens: no caller ever meets an empty catalog that will be full a moment later.
        await LoadAsync(cancellationToken);
        if (Current.Addresses.Count >= InstancesToTidyAfter)
        {
            // Reading the records leaves half as much behind as they take. Now, since it takes a second for a million instances, in
            // which nobody would be answered.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>Begins with what the store holds.</summary>
    internal async Task LoadAsync(CancellationToken cancellationToken)
    {
        var catalog = new Catalog(await store.LoadAsync(cancellationToken));
        var left = await store.LoadRemovalsAsync(catalog.Current.Revision, cancellationToken);
        removals.Start(left);
        watches.Start(catalog);
        leases.Start(catalog.Current, left);
        janitor.Start(catalog.Current);
        Follow(f => f.Start(catalog.Current));
        _catalog = catalog;
        LogLoaded(catalog.Current.Services.Count, catalog.Current.Revision.Value, catalog.Current.StoreId);
    }

    /// <summary>Takes the next commit, which changes records one by one. One caller at a time.</summary>
    internal void Apply(StoreCommit commit)
    {
        var events = _catalog!.Apply(commit);
        var after = _catalog.Current;
        leases.OnApplied(commit, events, after);
        janitor.Observe(events, after);
        removals.Observe(events);
        Follow(f => f.Apply(events));
        if (events.Count > 0)
        {
            watches.Publish(events);
        }

        _waiters.Release(after.Revision);
    }

    /// <summary>Waits until the catalog has reached the revision of a commit, for at most <see cref="Limits.RevisionWaitMax"/>.</summary>
    /// <remarks>A commit serves many callers: those that ask one after the other for the same revision share one wait.</remarks>
    /// <returns>Whether it has.</returns>
    public Task<bool> WaitForCommitAsync(Revision revision)
    {
        if (Current.Revision >= revision)
        {
            return s_reached;
        }

        var wait = _commitWait;
        if (wait is null || wait.Revision != revision)
        {
            _commitWait = wait = new CommitWait(revision, WaitForAsync(revision, Limits.RevisionWaitMax, CancellationToken.None));
        }

        return wait.IsReached;
    }

    /// <summary>Waits until the catalog has reached a revision, for at most <paramref name="patience"/>.</summary>
    /// <returns>Whether it has.</returns>
    public async Task<bool> WaitForAsync(Revision revision, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Current.Revision >= revision)
        {
            return true;
        }

        try
        {
            await _waiters.WaitAsync(
                revision, () => Current.Revision, wait => wait.WaitAsync(patience, timeProvider, cancellationToken));
            return true;
        }
        catch (TimeoutException)
        {
            return Current.Revision >= revision;
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var commit in store.ChangesAsync(Current.Revision, stoppingToken))
            {
                if (commit.Replacement is null)
                {
                    Apply(commit);
                }
                else
                {
                    await StartOverAsync(commit, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Shutting down.
        }
    }

    private void Follow(Action<ICatalogFollower> step)
    {
        foreach (var follower in _followers)
        {
            step(follower);
        }
    }

    // As after a restart with other records; watchers come last, so that they see leases and history as they are now.
    private async Task StartOverAsync(StoreCommit commit, CancellationToken cancellationToken)
    {
        _catalog!.Apply(commit);
        var after = _catalog.Current;
        removals.Start(await store.LoadRemovalsAsync(after.Revision, cancellationToken));
        janitor.Start(after);
        leases.StartOver(after);
        Follow(f => f.Start(after));
        watches.StartOver();
        _waiters.Release(after.Revision);
        LogReplaced(after.Services.Count, after.Revision.Value, after.StoreId);
    }

    private sealed record CommitWait(Revision Revision, Task<bool> IsReached);

    [LoggerMessage(EventIds.CatalogReplaced, LogLevel.Warning,
        "Restored from a backup: {Services} services at revision {Revision}; the store is called {StoreId} from here on, and every lease gets one full TTL")]
    private partial void LogReplaced(int services, ulong revision, string storeId);

    [LoggerMessage(EventIds.CatalogLoaded, LogLevel.Information,
        "Catalog loaded: {Services} services at revision {Revision} of store {StoreId}")]
    private partial void LogLoaded(int services, ulong revision, string storeId);
}
