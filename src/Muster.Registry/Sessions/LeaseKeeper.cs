using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Sessions;
using Muster.Registry.Watch;

namespace Muster.Registry.Sessions;

/// <summary>Drives <see cref="LeaseTable"/>: brings it the time, the renewals and the ends of streams, and carries out what it
/// decides. What is seen on the way goes down the soft lane.</summary>
/// <remarks>Thread-safe. Everything that decides happens in Core, under one lock; nothing under it waits.</remarks>
internal sealed partial class LeaseKeeper : IDisposable
{
    // Guards everything below, the soft lane included.
    private readonly Lock _lock = new();
    private readonly LeaseTable _leases;
    private readonly StallDetector _stalls = new();
    private readonly SoftLane _soft;
    private readonly Dictionary<LeaseId, ISessionPeer> _peers = [];
    private readonly FinalAnswers _finals = new(Limits.FinalAnswersMax);
    private readonly List<LeaseOutput> _outputs = [];
    private readonly MonotonicClock _clock;
    private readonly ILogger _logger;
    private readonly ITimer _wake;
    private CatalogSnapshot _catalog = new() { StoreId = "" };
    private TimeSpan? _armedFor;

    public LeaseKeeper(
        WatchHub watches, NodeIdentity node, MonotonicClock clock, TimeProvider timeProvider, RegistryServerOptions options,
        ILogger<LeaseKeeper> logger)
    {
        _leases = new LeaseTable(options.IsGuarded);
        _clock = clock;
        _logger = logger;
        _soft = new SoftLane(node, watches, clock, timeProvider, _lock);
        _wake = timeProvider.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins with the leases of the store: each gets one full TTL, because its provider could not reach anyone while
    /// this process was down. What was final for one that comes back still is.</summary>
    /// <param name="catalog">The records.</param>
    /// <param name="removals">What left before, oldest first.</param>
    public void Start(CatalogSnapshot catalog, IReadOnlyList<RemovalRecord> removals)
    {
        lock (_lock)
        {
            _catalog = catalog;
            // From here on: a process that stands still before its first look at the clock must notice, and starting is when it is
            // likeliest to.
            _stalls.Tick(_clock.Now);
            foreach (var holding in catalog.Leases.Values)
            {
                StartLocked(holding, Liveness.Unknown);
            }

            foreach (var removal in removals)
            {
                if (FinalAnswer.Of(removal, catalog) is var (owner, answer))
                {
                    _finals.AddLocked(owner, answer);
                }
            }

            ArmWake();
        }
    }

    /// <summary>Ends the mass-expiry guard on an operator's word.</summary>
    /// <param name="service">For one service; null for everything.</param>
    /// <returns>Whether it held anything.</returns>
    public bool ReleaseGuard(ServiceKey? service)
    {
        lock (_lock)
        {
            var wasHolding = _leases.ReleaseGuard(service, _outputs);
            CarryOut();
            return wasHolding;
        }
    }

    /// <summary>Starts a lease.</summary>
    public void StartLease(LeaseId lease, TimeSpan ttl)
    {
        lock (_lock)
        {
            _leases.Start(lease, ttl, Liveness.Alive, _clock.Now);
            ArmWake();
        }
    }

    /// <summary>Ends a lease that was given back, or whose start could not be made durable.</summary>
    public void EndLease(LeaseId lease)
    {
        lock (_lock)
        {
            _leases.End(lease);
            _peers.Remove(lease);
        }
    }

    /// <summary>A session stream takes the lease over.</summary>
    /// <returns>False if the lease does not run, or came from a backup.</returns>
    public bool Attach(LeaseId lease, long generation, ISessionPeer peer)
    {
        lock (_lock)
        {
            if (_restored.Contains(lease) || !_leases.Attach(lease, generation, _clock.Now, _outputs, peer.Client))
            {
                return false;
            }

            _peers[lease] = peer;
            // A ping that went to the stream before it will not be answered, and whoever opens a new one lives.
            SettleLocked(lease, isAlive: true);
            CarryOut();
            return true;
        }
    }

    /// <summary>A heartbeat came on a session stream, so it is the one that its provider uses.</summary>
    /// <remarks>It need not be the one that opened last: after this process stood still, a stream that the provider gave up may be
    /// read after the one that it opened instead, take the lease over, and end.</remarks>
    public void Confirm(LeaseId lease, long generation, ISessionPeer peer)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_peers.GetValueOrDefault(lease), peer)
                || !_leases.Attach(lease, generation, _clock.Now, _outputs, peer.Client))
            {
                return;
            }

            _peers[lease] = peer;
            CarryOut();
            foreach (var answer in _finals.OfLocked(lease))
            {
                // It was said to the other stream, if to any.
                peer.OnFinal(answer);
            }
        }
    }

    /// <summary>A session stream ended.</summary>
    /// <param name="lease">The lease that it kept.</param>
    /// <param name="generation">Which stream.</param>
    /// <param name="peer">What stood for it here.</param>
    /// <param name="isSilent">Whether it was given up here because nothing came, rather than closed by the provider.</param>
    public void Detach(LeaseId lease, long generation, ISessionPeer peer, bool isSilent)
    {
        lock (_lock)
        {
            if (_peers.TryGetValue(lease, out var current) && ReferenceEquals(current, peer))
            {
                _peers.Remove(lease);
                SettleLocked(lease, isAlive: false);
            }

            _leases.LoseStream(lease, generation, isSilent, _clock.Now, _outputs);
            CarryOut();
        }
    }

    /// <summary>Renews a lease.</summary>
    /// <returns>Its TTL, or null if it does not run.</returns>
    public TimeSpan? Renew(LeaseId lease)
    {
        lock (_lock)
        {
            if (!_leases.Renew(lease, _clock.Now, _outputs))
            {
                return null;
            }

            CarryOut();
            return _leases.TtlOf(lease);
        }
    }

    /// <summary>Takes a report for one instance, or for all of the lease.</summary>
    /// <returns>False if the lease does not hold the instance.</returns>
    public bool Report(LeaseId lease, string instanceId, Health health, LoadReport? load)
    {
        lock (_lock)
        {
            if (!_catalog.Leases.TryGetValue(lease, out var holding))
            {
                return instanceId.Length == 0;
            }

            var found = instanceId.Length == 0;
            foreach (var instance in holding.Instances.Keys)
            {
                if (instanceId.Length == 0 || instance.Id == instanceId)
                {
                    found = true;
                    // What its check says of its health is not for its provider to say.
                    var said = _leases.IsChecked(lease) ? Health.Unknown : health;
                    _soft.ReportLocked(instance, said, load, holding.Lease.Epoch);
                }
            }

            return found;
        }
    }

    /// <summary>Passes an operator's wish to drain on to the instance's provider.</summary>
    public void RequestDrain(InstanceKey instance, LeaseId lease)
    {
        lock (_lock)
        {
            _peers.GetValueOrDefault(lease)?.OnDrainRequested(instance);
        }
    }

    /// <summary>Follows the catalog.</summary>
    public void OnApplied(StoreCommit commit, IReadOnlyList<CatalogEvent> events, CatalogSnapshot after)
    {
        lock (_lock)
        {
            var before = _catalog;
            _catalog = after;
            foreach (var put in commit.Changes.OfType<RecordChange.LeasePut>())
            {
                // If its commit took longer than its TTL, it ran out when there was nothing to remove yet; and whoever asked for it may have
                // been told that nobody knows whether it was made.
                ReadmitLocked(put.Lease.Id);
            }

            foreach (var change in events)
            {
                if (FinalAnswer.Of(change, before, after) is { } final)
                {
                    TellOwner(final.Owner, final.Answer);
                }

                FollowChecksLocked(change, before);

                if (change is CatalogEvent.Removed removed)
                {
                    ForgetUnlessItCameBack(removed.Instance, after);
                }
                else if (change is CatalogEvent.Upserted { Instance: var put } && !_soft.KnowsLocked(put.Key) && _leases.Contains(put.Lease))
                {
                    // Introduced, and forgotten when another registration of the same id failed at the same moment.
                    IntroduceLocked(put, Health.Unknown);
                }
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _wake.Dispose();
        _soft.Dispose();
    }

    private void TellOwner(LeaseId owner, FinalAnswer answer)
    {
        _finals.AddLocked(owner, answer);
        _peers.GetValueOrDefault(owner)?.OnFinal(answer);
    }

    private void Tick()
    {
        lock (_lock)
        {
            _armedFor = null;
            if (_stalls.Tick(_clock.Now) is { } stall)
            {
                // Before anything is decided by the time that passed: renewals may lie unread in the sockets.
                LogStalled(stall);
                _leases.ExtendAll(_clock.Now);
                TakeAllForAliveLocked();
            }

            _leases.Tick(_clock.Now, _catalog, _outputs);
            TickPingsLocked();
            TickFlapsLocked();
            CarryOut();
            ArmWake();
        }
    }

    private void CarryOut()
    {
        foreach (var output in _outputs)
        {
            switch (output)
            {
                case LeaseOutput.LivenessChanged changed:
                    PublishLiveness(changed);
                    break;
                case LeaseOutput.Expired expired:
                    _peers.Remove(expired.Lease, out var peer);
                    peer?.OnExpired();
                    ExpireLocked(expired);
                    break;
                case LeaseOutput.Guard guard:
                    Log(guard.Notice);
                    break;
            }
        }

        _outputs.Clear();
    }

    private void PublishLiveness(LeaseOutput.LivenessChanged changed)
    {
        if (!_catalog.Leases.TryGetValue(changed.Lease, out var holding))
        {
            return;
        }

        foreach (var instance in holding.Instances.Keys)
        {
            _soft.SetLivenessLocked(instance, changed.Liveness, holding.Lease.Epoch);
            if (changed.Liveness == Liveness.Timeout)
            {
                LoseLocked(instance);
            }
        }
    }

    private void ArmWake()
    {
        var next = NextTickLocked();
        if (_armedFor <= next)
        {
            return;
        }

        _armedFor = next;
        var wait = next - _clock.Now;
        // A timer may fire up to a tick early by the clock that the table is asked with; one more millisecond spares a wake
        // that finds nothing due.
        _wake.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
