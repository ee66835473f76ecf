using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Sessions;
using Muster.Registry.Sessions;
using Muster.Registry.Store;

namespace Muster.Registry;

/// <summary>Turns requests into conditional commits, and answers once the catalog shows them.</summary>
/// <remarks>Thread-safe. Reads the catalog, proposes, and on a conflict reads again; the store decides.</remarks>
internal sealed partial class Registrar
{
    // A conflict means that somebody else changed the same record meanwhile. Three losses in a row on one address are a
    // quarrel that the caller should hear of.
    private const int AttemptsMax = 3;

    private readonly ICatalogStore _store;
    private readonly CatalogFeed _feed;
    private readonly LeaseKeeper _leases;
    private readonly IdSource _ids;
    private readonly MonotonicClock _clock;
    private readonly NodeIdentity _node;
    private readonly ILogger _logger;

    public Registrar(
        ICatalogStore store, CatalogFeed feed, LeaseKeeper leases, IdSource ids, MonotonicClock clock, NodeIdentity node,
        ILogger<Registrar> logger)
    {
        _store = store;
        _feed = feed;
        _leases = leases;
        _ids = ids;
        _clock = clock;
        _node = node;
        _logger = logger;
        _leases.OnExpired(RemoveExpiredAsync);
    }

    public CatalogSnapshot Current => _feed.Current;

    /// <summary>Starts a lease without instances, for a session.</summary>
    public async Task<Answer<LeaseId>> OpenLeaseAsync(TimeSpan ttl, CancellationToken cancellationToken)
    {
        var lease = _ids.NextLease();
        _leases.StartLease(lease, ttl);
        var committed = await CommitAsync([PutLease(lease, ttl)], cancellationToken);
        if (committed.Refusal is { } refusal)
        {
            _leases.EndLease(lease);
            return refusal;
        }

        return lease;
    }

    /// <summary>Registers an instance.</summary>
    /// <param name="draft">As the caller sent it, without lease; the id may be empty.</param>
    /// <param name="lease">The caller's lease; <see cref="LeaseId.None"/> for a new one.</param>
    /// <param name="ttl">For a new lease.</param>
    /// <param name="health">Its first health.</param>
    /// <param name="cancellationToken">Ends the wait; what was committed stays.</param>
    public async Task<Answer<Registered>> RegisterAsync(
        InstanceRecord draft, LeaseId lease, TimeSpan ttl, Health health, CancellationToken cancellationToken)
    {
        var service = draft.Key.Service;
        var named = draft with
        {
            Key = draft.Key.Id.Length > 0 ? draft.Key : new InstanceKey(service, $"{service.Name}-{_ids.NextName()}"),
            RegisteredAt = _clock.Wall,
        };
        if (InstanceValidator.Validate(named) is { } violation)
        {
            return Refusal.Invalid(violation);
        }

        var isNewLease = lease == LeaseId.None;
        if (!isNewLease && !_leases.IsRunning(lease))
        {
            return Refusal.LeaseNotFound(lease);
        }

        var ownLease = isNewLease ? _ids.NextLease() : lease;
        if (isNewLease)
        {
            _leases.StartLease(ownLease, ttl);
        }

        var answer = await TryRegisterAsync(named with { Lease = ownLease }, isNewLease ? ttl : null, health, cancellationToken);
        if (answer.Refusal is not null && isNewLease)
        {
            _leases.EndLease(ownLease);
        }

        return answer;
    }

    /// <summary>Removes an instance for its owner.</summary>
    public async Task<Answer<Revision>> DeregisterAsync(InstanceKey key, LeaseId lease, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var found = FindOwned(key, lease);
            if (!found.TryGet(out var instance, out var refusal))
            {
                return refusal;
            }

            var removal = new Removal(RemovalReason.Deregistered, "its owner deregistered it", _clock.Wall);
            var batch = new List<ConditionalChange>
            {
                new(new RecordChange.InstanceRemoved(instance.AddressKey, key.Id, removal), instance.Revision),
            };
            // A unary client's lease ends with its last instance; a session's lease ends with the session.
            var endsLease = !_leases.HasStream(lease) && Current.Leases.GetValueOrDefault(lease)?.Instances.Count <= 1;
            if (endsLease)
            {
                batch.Add(new(new RecordChange.LeaseRemoved(lease), null));
            }

            var committed = await CommitAsync(batch, cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                return refusal;
            }

            if (result.Committed[0])
            {
                LogRemoved(key, removal.Reason, removal.Evidence);
                // Not if another instance joined the lease meanwhile: then the store kept it.
                if (endsLease && result.Committed[1])
                {
                    _leases.EndLease(lease);
                }

                return result.Revision;
            }
        }

        return Conflict(key);
    }

    /// <summary>Changes what is wanted of an instance.</summary>
    /// <param name="key">The instance.</param>
    /// <param name="lease">The owner's lease; <see cref="LeaseId.None"/> for an operator.</param>
    /// <param name="intent">What is wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Answer<Revision>> SetIntentAsync(
        InstanceKey key, LeaseId lease, Intent intent, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var found = lease == LeaseId.None ? Find(key) : FindOwned(key, lease);
            if (!found.TryGet(out var instance, out var refusal))
            {
                return refusal;
            }

            if (instance.Intent == intent)
            {
                return instance.Revision;
            }

            var put = new RecordChange.InstancePut(instance with { Intent = intent });
            var committed = await CommitAsync([new(put, instance.Revision)], cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                return refusal;
            }

            if (result.AllCommitted)
            {
                LogIntent(key, instance.Intent, intent);
                if (lease == LeaseId.None && intent == Intent.Draining)
                {
                    _leases.RequestDrain(key, instance.Lease);
                }

                return result.Revision;
            }
        }

        return Conflict(key);
    }

    private static Refusal Conflict(InstanceKey key) => new(
        RefusalReason.Conflict, $"instance '{key}' was changed by others {AttemptsMax} times meanwhile; try again.");

    private async Task<Answer<Registered>> TryRegisterAsync(
        InstanceRecord instance, TimeSpan? newLeaseTtl, Health health, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            if (!_leases.IsRunning(instance.Lease))
            {
                return Refusal.LeaseNotFound(instance.Lease);
            }

            var planned = RegistrationPlan.Make(Current, instance, _leases.IsAlive, _clock.Wall);
            if (!planned.TryGet(out var changes, out var refusal))
            {
                return refusal;
            }

            var batch = new List<ConditionalChange>(changes);
            if (newLeaseTtl is { } ttl)
            {
                batch.Insert(0, PutLease(instance.Lease, ttl));
            }

            // Before the commit, so that no watcher ever sees the record without knowing that it lives.
            _leases.Introduce(instance.Key, instance.Lease, health);
            var committed = await CommitAsync(batch, cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                _leases.ForgetUnlessListed(instance.Key);
                return refusal;
            }

            if (result.Committed[^1])
            {
                LogRegistered(instance.Key, instance.Address);
                return new Registered(instance.Key, instance.Lease, result.Revision);
            }
        }

        _leases.ForgetUnlessListed(instance.Key);
        return Conflict(instance.Key);
    }

    private ConditionalChange PutLease(LeaseId lease, TimeSpan ttl) =>
        new(new RecordChange.LeasePut(new LeaseRecord(lease, ttl, _node.Name)), Revision.None);

    private Answer<InstanceRecord> Find(InstanceKey key)
    {
        if (Current.Find(key) is { } instance)
        {
            return instance;
        }

        return Refusal.NotFound(Current.Services.ContainsKey(key.Service)
            ? $"instance_id is {Violation.Quote(key.Id)}: service '{key.Service}' has no such instance."
            : $"service is {Violation.Quote(key.Service.ToString())}: no such service is known.");
    }

    private Answer<InstanceRecord> FindOwned(InstanceKey key, LeaseId lease)
    {
        var found = Find(key);
        return found.TryGet(out var instance, out _) && instance.Lease != lease
            ? Refusal.Precondition($"lease_id is {lease.Value}: it does not hold instance '{key.Id}' of service '{key.Service}'.")
            : found;
    }

    private async Task<Answer<CommitResult>> CommitAsync(
        IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _store.CommitAsync(batch, cancellationToken);
            // A caller is answered once the catalog shows what it was told: otherwise its next read here might not.
            return await _feed.WaitForAsync(result.Revision, Limits.RevisionWaitMax, cancellationToken)
                ? result
                : new Refusal(RefusalReason.Unavailable,
                    $"revision {result.Revision} is committed, but this node has not caught up with it within {Limits.RevisionWaitMax.TotalSeconds} s.");
        }
        catch (StoreUnavailableException e)
        {
            return new Refusal(RefusalReason.Unavailable, e.Message);
        }
    }

    private async Task RemoveExpiredAsync(LeaseOutput.Expired expired)
    {
        if (!Current.Leases.TryGetValue(expired.Lease, out var holding))
        {
            return;
        }

        var removal = new Removal(expired.Reason, ExpiryEvidence.Describe(expired, holding.Lease.Ttl), _clock.Wall);
        var changes = holding.Instances
            .Select(Current.Find)
            .OfType<InstanceRecord>()
            .Select(i => new ConditionalChange(new RecordChange.InstanceRemoved(i.AddressKey, i.Key.Id, removal), i.Revision))
            .Append(new ConditionalChange(new RecordChange.LeaseRemoved(expired.Lease), null));
        foreach (var chunk in changes.Chunk(Limits.CommitChangesMax))
        {
            var committed = await CommitAsync(chunk, CancellationToken.None);
            if (committed.Refusal is { } refusal)
            {
                throw new StoreUnavailableException(refusal.Message);
            }
        }

        LogExpired(expired.Lease, holding.Instances.Count, removal.Evidence);
    }

    [LoggerMessage(EventIds.InstanceRegistered, LogLevel.Information, "Registered {Instance} at {Address}")]
    private partial void LogRegistered(InstanceKey instance, string address);

    [LoggerMessage(EventIds.InstanceRemoved, LogLevel.Information, "Removed {Instance}: {Reason}, {Evidence}")]
    private partial void LogRemoved(InstanceKey instance, RemovalReason reason, string evidence);

    [LoggerMessage(EventIds.IntentChanged, LogLevel.Information, "Intent of {Instance} changed from {Before} to {After}")]
    private partial void LogIntent(InstanceKey instance, Intent before, Intent after);

    [LoggerMessage(EventIds.LeaseExpired, LogLevel.Warning, "Lease {Lease} with {Count} instances ran out: {Evidence}")]
    private partial void LogExpired(LeaseId lease, int count, string evidence);
}
