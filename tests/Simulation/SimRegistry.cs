using Muster.Core.Model;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>The registry as its operator sees it: a machine with a disk, on which one process after the other runs.</summary>
internal sealed class SimRegistry
{
    private readonly World _world;
    private readonly Fault _fault;
    private readonly SimIds _ids;
    private readonly SimTargets _targets;
    private SimDisk _disk;
    private int _starts;
    private int _stores;
    private bool _isStoreUp = true;

    public SimRegistry(World world, Fault fault, SimTargets? targets = null)
    {
        _targets = targets ?? new SimTargets(world);
        _world = world;
        _fault = fault;
        _ids = new SimIds(world, fault);
        _disk = NewDisk();
    }

    /// <summary>The process that runs; null if none does.</summary>
    public SimNode? Node { get; private set; }

    public bool IsStoreHanging => _disk.HangsUntil is not null;

    public void Start()
    {
        if (Node is null)
        {
            Node = new SimNode(_world, _disk, _ids, _targets, _fault, $"node-{++_starts}");
            Node.Start();
        }
    }

    /// <summary>kill -9.</summary>
    /// <param name="losesStore">Whether it comes back with another, empty store.</param>
    public void Crash(bool losesStore)
    {
        if (Node is not { } node)
        {
            return;
        }

        if (node.Process.IsStopped)
        {
            Continue();
        }

        _world.Record(new HistoryEvent.RegistryStopped(_world.Now));
        node.Process.Kill();
        Node = null;
        foreach (var stream in node.Streams)
        {
            stream.EndByServer(Grpc.StatusCode.Unavailable);
        }

        _disk.OnCrash();
        if (losesStore)
        {
            _disk = NewDisk();
        }

        RecordStore();
    }

    public void Stall()
    {
        if (Node is { Process.IsStopped: false } node)
        {
            _world.Record(new HistoryEvent.RegistryStalled(_world.Now));
            node.Process.Stop();
        }
    }

    public void Continue()
    {
        if (Node is { Process.IsStopped: true } node)
        {
            _world.Record(new HistoryEvent.RegistryContinued(_world.Now));
            node.Process.Continue();
        }
    }

    /// <summary>The store refuses commits, or takes them again.</summary>
    public void SetStoreDown(bool isDown)
    {
        _disk.IsDown = isDown;
        RecordStore();
    }

    /// <summary>The disk takes no write until then; those that wait are made, not refused. Null: it works again.</summary>
    public void SetStoreHanging(TimeSpan? until)
    {
        _disk.HangsUntil = until;
        RecordStore();
    }

    /// <summary>Whether the instance was removed for good, and the registry restarted since: what it has not told a provider by then,
    /// it does not know any more.</summary>
    public bool HasForgottenToTell(InstanceKey instance) =>
        _disk.Removals.All.LastOrDefault(r => r.Instance == instance) is { Removal.Reason: RemovalReason.Operator or RemovalReason.Superseded } last
        && last.Revision <= Node!.LoadedRevision;

    private void RecordStore()
    {
        var isUp = !_disk.IsDown && _disk.HangsUntil is null;
        if (isUp != _isStoreUp)
        {
            _isStoreUp = isUp;
            _world.Record(isUp ? new HistoryEvent.StoreRecovered(_world.Now) : new HistoryEvent.StoreFailed(_world.Now));
        }
    }

    private SimDisk NewDisk() => new(_world, $"store-{++_stores}", _fault);
}
