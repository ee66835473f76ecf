namespace Muster.Core.Fanout;

/// <summary>What the next delivery to a watcher is.</summary>
public enum DeliveryKind
{
    /// <summary>The watcher needs all records of the service: take a snapshot, then call
    /// <see cref="WatcherQueue{TPayload}.SnapshotTaken"/>.</summary>
    Snapshot,

    /// <summary>Changes of the records, ended by a progress.</summary>
    Records,

    /// <summary>The watcher needs the soft state of all instances of the service.</summary>
    SoftComplete,

    /// <summary>Changes of soft state.</summary>
    Soft,
}
