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
    private readonly Commits _commits;
    private readonly LeaseKeeper _leases;
    private readonly IdSource _ids;
    private readonly MonotonicClock _clock;
    private readonly NodeIdentity _node;
    private readonly NodeLimits _limits;
    private readonly ILogger _logger;

    public Registrar(
        Commits commits, LeaseKeeper leases, IdSource ids, MonotonicClock clock, NodeIdentity node, NodeLimits limits,
        ILogger<Registrar> logger)
    {
        _commits = commits;
        _leases = leases;
        _ids = ids;
        _clock = clock;
        _node = node;
        _limits = limits;
        _logger = logger;
        _leases.OnExpired(RemoveExpiredAsync);
    }

    public CatalogSnapshot Current => _commits.Current;

    /// <summary>Starts a lease without instances, for a session.</summary>
    public async Task<Answer<LeaseId>> OpenLeaseAsync(TimeSpan ttl, CancellationToken cancellationToken)
    {
        if (RegistrationPlan.OverLimitOfLeases(Current, _limits) is { } exhausted)
        {
            return exhausted;
        }

        var lease = _ids.NextLease();
        _leases.StartLease(lease, ttl);
        var committed = await _commits.CommitAsync([PutLease(lease, ttl)], cancellationToken);
        if (committed.Refusal is { } refusal)
        {
            EndUnlessUnsure(lease, refusal);
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
        if (named.Check is not null && _leases.HasStream(lease))
        {
            return Refusal.Precondition("check is set: a session's instances are kept by its heartbeats; register what cannot send any by Register, without a session.");
        }

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
        if (answer.Refusal is { } refusal && isNewLease)
        {
            EndUnlessUnsure(ownLease, refusal);
        }

        return answer;
    }

    /// <summary>Removes an instance for its owner.</summary>
    public async Task<Answer<Revision>> DeregisterAsync(InstanceKey key, LeaseId lease, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Commits.AttemptsMax; attempt++)
        {
            var found = FindOwned(key, lease);
            if (!found.TryGet(out var instance, out var refusal))
            {
                return refusal;
            }

            var removal = new Removal(
                RemovalReason.Deregistered, Evidence.OfDeregistration(instance, _leases.SignsOf(lease)), _clock.Wall);
            var batch = new List<ConditionalChange>
            {
                new(RecordChange.InstanceRemoved.Of(instance, removal), instance.Revision),
            };
            // A unary client's lease ends with its last instance; a session's lease ends with the session.
            var endsLease = !_leases.HasStream(lease) && Current.Leases.GetValueOrDefault(lease)?.Instances.Count <= 1;
            if (endsLease)
            {
                batch.Add(new(new RecordChange.LeaseRemoved(lease), null));
            }

            var committed = await _commits.CommitAsync(batch, cancellationToken);
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

        return Commits.Conflict(key);
    }

    /// <summary>Changes what its owner wants of an instance. What an operator wants of it stays.</summary>
    public async Task<Answer<IntentSet>> SetIntentAsync(
        InstanceKey key, LeaseId lease, Intent intent, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Commits.AttemptsMax; attempt++)
        {
            if (!FindOwned(key, lease).TryGet(out var instance, out var refusal))
            {
                return refusal;
            }

            if (instance.OwnerIntent == intent)
            {
                return new IntentSet(instance.Revision, instance.Intent);
            }

            var changed = instance with { OwnerIntent = intent };
            var committed = await _commits.CommitAsync(
                [new(new RecordChange.InstancePut(changed), instance.Revision)], cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                return refusal;
            }

            if (result.AllCommitted)
            {
                LogIntent(key, instance.Intent, changed.Intent);
                return new IntentSet(result.Revision, changed.Intent);
            }
        }

        return Commits.Conflict(key);
    }

    private async Task<Answer<Registered>> TryRegisterAsync(
        InstanceRecord instance, TimeSpan? newLeaseTtl, Health health, CancellationToken cancellationToken)
    {
        var isRegistered = false;
        try
        {
            var answer = await ProposeAsync(instance, newLeaseTtl, health, cancellationToken);
            isRegistered = answer.Refusal is null;
            return answer;
        }
        finally
        {
            if (!isRegistered)
            {
                // Who is refused, or has left, again and again, must not leave a trace each time.
                _leases.ForgetUnlessListed(instance.Key);
            }
        }
    }

    private async Task<Answer<Registered>> ProposeAsync(
        InstanceRecord instance, TimeSpan? newLeaseTtl, Health health, CancellationToken cancellationToken)
    {
        var deaf = new HashSet<LeaseId>();
        for (var attempt = 0; attempt < Commits.AttemptsMax; attempt++)
        {
            if (!_leases.IsRunning(instance.Lease))
            {
                return Refusal.LeaseNotFound(instance.Lease);
            }

            var planned = RegistrationPlan.Make(Current, instance, _leases.IsAlive, deaf, _leases.SignsOf, _clock.Wall, _limits);
            if (!planned.TryGet(out var changes, out var refusal))
            {
                if (refusal.Reason == RefusalReason.AlreadyExists && await FindDeafAsync(instance, deaf, cancellationToken))
                {
                    continue;
                }

                return refusal;
            }

            var batch = new List<ConditionalChange>(changes);
            if (newLeaseTtl is { } ttl)
            {
                batch.Insert(0, PutLease(instance.Lease, ttl));
            }

            // Before the commit, so that no watcher ever sees the record without knowing that it lives.
            _leases.Introduce(instance, health);
            var committed = await _commits.CommitAsync(batch, cancellationToken);
            if (!committed.TryGet(out var result, out refusal))
            {
                return refusal;
            }

            if (result.Committed[^1])
            {
                LogRegistered(instance.Key, instance.Address);
                return new Registered(instance.Key, instance.Lease, result.Revision);
            }
        }

        return Commits.Conflict(instance.Key);
    }

    // Whoever holds the id or the address has a stream; but a process that was stopped, or whose connection is half open, has one too.
    private async Task<bool> FindDeafAsync(InstanceRecord instance, HashSet<LeaseId> deaf, CancellationToken cancellationToken)
    {
        var count = deaf.Count;
        foreach (var holder in RegistrationPlan.HoldersOf(Current, instance).Where(h => !deaf.Contains(h)).ToList())
        {
            if (!await _leases.AnswersAsync(holder, cancellationToken))
            {
                deaf.Add(holder);
            }
        }

        return deaf.Count > count;
    }

    // A store that gave no answer may have made the change all the same; and a registration that lost its address may have got its
    // lease before. Then the lease must run out to be removed.
    private void EndUnlessUnsure(LeaseId lease, Refusal refusal)
    {
        if (refusal.Reason != RefusalReason.Unavailable && !Current.Leases.ContainsKey(lease))
        {
            _leases.EndLease(lease);
        }
    }

    private ConditionalChange PutLease(LeaseId lease, TimeSpan ttl) =>
        new(new RecordChange.LeasePut(new LeaseRecord(lease, ttl, _node.Name)), Revision.None);

    private Answer<InstanceRecord> FindOwned(InstanceKey key, LeaseId lease)
    {
        var found = _commits.Find(key);
        return found.TryGet(out var instance, out _) && instance.Lease != lease
            ? Refusal.Precondition($"lease_id is {lease.Value}: it does not hold instance '{key.Id}' of service '{key.Service}'.")
            : found;
    }

    private async Task RemoveExpiredAsync(LeaseOutput.Expired expired, bool isOneOfMany)
    {
        var removal = new Removal(expired.Reason, Evidence.OfExpiry(expired.Signs), _clock.Wall);

        // An operator may change an instance at the same moment, or a registration of it may still have been on its way.
        for (var attempt = 0; attempt < Commits.AttemptsMax; attempt++)
        {
            if (!Current.Leases.TryGetValue(expired.Lease, out var holding))
            {
                return;
            }

            if (holding.Instances.Values.Any(i => i.Check is not null))
            {
                // Registered while its lease ran out, which took longer to become durable than its TTL. Now it needs no renewal.
                return;
            }

            await RemoveAsync(holding, removal);
            LogExpired(isOneOfMany ? LogLevel.Debug : LogLevel.Warning, expired.Lease, holding.Instances.Count, removal.Evidence);
        }
    }

    private async Task RemoveAsync(LeaseHolding holding, Removal removal)
    {
        var changes = holding.Instances.Values
            .Select(i => new ConditionalChange(RecordChange.InstanceRemoved.Of(i, removal), i.Revision))
            .Append(new ConditionalChange(new RecordChange.LeaseRemoved(holding.Lease.Id), null));
        foreach (var chunk in changes.Chunk(Limits.CommitChangesMax))
        {
            var committed = await _commits.CommitAsync(chunk, CancellationToken.None);
            if (committed.Refusal is { } refusal)
            {
                throw new StoreUnavailableException(refusal.Message);
            }
        }
    }

    [LoggerMessage(EventIds.InstanceRegistered, LogLevel.Debug, "Registered {Instance} at {Address}")]
    private partial void LogRegistered(InstanceKey instance, string address);

    [LoggerMessage(EventIds.InstanceRemoved, LogLevel.Debug, "Removed {Instance}: {Reason}, {Evidence}")]
    private partial void LogRemoved(InstanceKey instance, RemovalReason reason, string evidence);

    [LoggerMessage(EventIds.IntentChanged, LogLevel.Debug, "Intent of {Instance} changed from {Before} to {After}")]
    private partial void LogIntent(InstanceKey instance, Intent before, Intent after);

    [LoggerMessage(EventId = EventIds.LeaseExpired, Message = "Lease {Lease} with {Count} instances ran out: {Evidence}")]
    private partial void LogExpired(LogLevel level, LeaseId lease, int count, string evidence);
}
