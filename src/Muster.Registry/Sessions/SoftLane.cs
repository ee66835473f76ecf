using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Sessions;
using Muster.Registry.Watch;

namespace Muster.Registry.Sessions;

/// <summary>The soft lane of the watches: liveness and health at once, load in intervals.</summary>
/// <remarks>Drives a <see cref="SoftTable"/>. Its methods run under the lease keeper's lock, publishing included, so that two
/// states of one instance cannot overtake each other.</remarks>
internal sealed class SoftLane : IDisposable
{
    private readonly SoftTable _table;
    private readonly WatchHub _watches;
    private readonly MonotonicClock _clock;
    private readonly Lock _lock;
    private readonly HashSet<InstanceKey> _loadChanged = [];
    private readonly ITimer _flush;
    private bool _flushArmed;

    public SoftLane(NodeIdentity node, WatchHub watches, MonotonicClock clock, TimeProvider timeProvider, Lock keeperLock)
    {
        _table = new SoftTable(node.Name);
        _watches = watches;
        _clock = clock;
        _lock = keeperLock;
        _flush = timeProvider.CreateTimer(_ => FlushLoad(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int CountLocked => _table.Count;

    public bool KnowsLocked(InstanceKey instance) => _table.Knows(instance);

    public SoftState OfLocked(InstanceKey instance) => _table.Of(instance);

    public void SetLivenessLocked(InstanceKey instance, Liveness liveness, ulong epoch)
    {
        if (_table.SetLiveness(instance, liveness, epoch) is { } state)
        {
            _watches.PublishSoft(instance, state, _clock.Now);
        }
    }

    public void SetLocked(InstanceKey instance, Liveness liveness, Health health, ulong epoch)
    {
        if (_table.Set(instance, liveness, health, epoch) is { } state)
        {
            _watches.PublishSoft(instance, state, _clock.Now);
        }
    }

    public void SetDampedLocked(InstanceKey instance, TimeSpan? until, ulong epoch)
    {
        if (_table.SetDamped(instance, until, epoch) is { } state)
        {
            _watches.PublishSoft(instance, state, _clock.Now);
        }
    }

    public void ReportLocked(InstanceKey instance, Health health, LoadReport? load, ulong epoch)
    {
        var (state, healthChanged) = _table.Report(instance, health, load, epoch, _clock.Now);
        if (healthChanged)
        {
            _watches.PublishSoft(instance, state, _clock.Now);
        }
        else if (load is not null && _loadChanged.Add(instance) && !_flushArmed)
        {
            _flushArmed = true;
            _flush.Change(Limits.LoadInterval, Timeout.InfiniteTimeSpan);
        }
    }

    public void RemoveLocked(InstanceKey instance)
    {
        _table.Remove(instance);
        _loadChanged.Remove(instance);
    }

    public void Dispose() => _flush.Dispose();

    private void FlushLoad()
    {
        lock (_lock)
        {
            _flushArmed = false;
            foreach (var instance in _loadChanged)
            {
                _watches.PublishLoad(instance, _table.Of(instance), _clock.Now);
            }

            _loadChanged.Clear();
        }
    }
}
