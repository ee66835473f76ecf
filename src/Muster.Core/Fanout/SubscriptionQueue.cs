using Muster.Core.Model;

namespace Muster.Core.Fanout;

/// <summary>What one subscription has not been sent yet.</summary>
/// <remarks>
/// Records: the newest state per instance, moved to the tail when it changes again. So each instance's states arrive in order,
/// middles may merge, and the newest never fails to arrive. More than <see cref="Limits.WatcherQueueEventsMax"/> instances behind,
/// the queue is dropped for a snapshot.
/// Soft states: the newest per instance as well; behind the same bound they are dropped for the complete state.
/// </remarks>
internal sealed class SubscriptionQueue<TPayload>
{
    private readonly Coalescer<TPayload> _records = new();
    private readonly Coalescer<TPayload> _soft = new();
    private Revision _seen;
    private Revision _published;
    private bool _needsSnapshot;
    private bool _needsSoft;

    // A resumed watch hears at once how far it is, even if it missed nothing.
    private bool _needsProgress;

    public SubscriptionQueue(bool withLoad, Revision? resumeAt)
    {
        WithLoad = withLoad;
        _needsSnapshot = resumeAt is null;
        _needsProgress = resumeAt is not null;
        _needsSoft = true;
        _seen = _published = resumeAt ?? Revision.None;
    }

    public bool WithLoad { get; }

    public bool HasWork => _needsSnapshot || _needsProgress || _records.Count > 0 || _needsSoft || _soft.Count > 0;

    public void AddRecord(string instanceId, Revision revision, TPayload payload)
    {
        // What a snapshot already showed, or a resumed watch already had, is not sent again.
        if (revision <= _seen || _needsSnapshot)
        {
            return;
        }

        _published = revision;
        _records.Put(instanceId, payload);
        if (_records.Count > Limits.WatcherQueueEventsMax)
        {
            _records.Clear();
            _needsSnapshot = true;
            _needsSoft = true;
        }
    }

    public void AddSoft(string instanceId, TPayload payload)
    {
        if (_needsSoft)
        {
            return;
        }

        _soft.Put(instanceId, payload);
        if (_soft.Count > Limits.WatcherQueueEventsMax)
        {
            _soft.Clear();
            _needsSoft = true;
        }
    }

    public void SnapshotTaken(Revision revision)
    {
        _seen = _published = revision;
        _needsSnapshot = _needsProgress = false;
        _needsSoft = true;
        _records.Clear();
    }

    public Delivery<TPayload> Take(ServiceKey service)
    {
        if (_needsSnapshot)
        {
            return new(DeliveryKind.Snapshot, service, [], default);
        }

        // Soft state goes first: liveness is what a caller wants to know soonest, and it needs no record to be understood.
        if (_needsSoft)
        {
            _needsSoft = false;
            _soft.Clear();
            return new(DeliveryKind.SoftComplete, service, [], default);
        }

        if (_soft.Count > 0)
        {
            return new(DeliveryKind.Soft, service, _soft.TakeAll(), default);
        }

        _needsProgress = false;
        _seen = _published;
        return new(DeliveryKind.Records, service, _records.TakeAll(), _seen);
    }
}
