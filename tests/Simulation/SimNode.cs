using Microsoft.Extensions.Logging.Abstractions;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry;
using Muster.Registry.Api;
using Muster.Registry.Checks;
using Muster.Registry.Sessions;
using Muster.Registry.Watch;
using Muster.Testing.Contract;
using RemovalReason = Muster.Core.Model.RemovalReason;

namespace Muster.Simulation;

/// <summary>One life of a registry process: the product's own server, wired as it is in production but for Kestrel, the store's
/// file and the clock.</summary>
internal sealed class SimNode
{
    private readonly World _world;
    private readonly SimStore _store;
    private readonly Removals _removals = new();
    private readonly SimProber _prober;
    private readonly CheckRemovals _checkRemovals;
    private long _generation;

    public SimNode(World world, SimDisk disk, SimIds ids, SimTargets targets, Fault fault, string name)
    {
        _world = world;
        Fault = fault;
        Process = new SimProcess(world, name);
        var clock = new SimClock(world, Process);
        var monotonic = new MonotonicClock(clock);
        var options = new RegistryServerOptions { TimeProvider = clock, Ids = ids };
        Identity = new NodeIdentity(name, ListensBeyondLoopback: true);
        _store = new SimStore(world, Process, disk);
        Hub = new WatchHub(new DrainWaits(monotonic, clock, options.Limits), options.Limits);
        Leases = new LeaseKeeper(Hub, Identity, monotonic, clock, options, new SimLog(world, () => Leases!.Guarded.Count > 0));
        var callers = new CallKeeper(Hub, monotonic, options.Limits);
        _prober = new SimProber(world, Process, this, targets);
        var checks = new CheckRunner(_prober, Leases, ids, monotonic, clock, NullLogger<CheckRunner>.Instance);
        Feed = new CatalogFeed(
            _store, Hub, Leases, new ServiceJanitor(_store, monotonic, clock), _removals, [callers, new SimFollower(checks, fault)], clock, NullLogger<CatalogFeed>.Instance);
        _store.Feed = Feed.Apply;
        var commits = new Commits(_store, Feed);
        _checkRemovals = new CheckRemovals(commits, checks, monotonic, NullLogger<CheckRemovals>.Instance);
        Registrar = new Registrar(commits, Leases, ids, monotonic, Identity, options.Limits, NullLogger<Registrar>.Instance);
        Operators = new OperatorRegistrar(commits, Leases, monotonic, NullLogger<OperatorRegistrar>.Instance);
        Calls = new InstanceCalls(Registrar, Operators, Leases, Hub);
        Pump = new WatchPump(Hub, Leases, monotonic);
        // The streams' own code ends with the server; here they end with the process.
        Watches = new WatchCalls(Feed, Hub, Pump, callers, null!, options.Limits);
        ids.IsRunning = Leases.IsRunning;
    }

    public Fault Fault { get; }

    public SimProcess Process { get; }

    public NodeIdentity Identity { get; }

    public WatchHub Hub { get; }

    public LeaseKeeper Leases { get; }

    public CatalogFeed Feed { get; }

    public Registrar Registrar { get; }

    public OperatorRegistrar Operators { get; }

    public InstanceCalls Calls { get; }

    public WatchPump Pump { get; }

    public WatchCalls Watches { get; }

    /// <summary>What its store had reached when it started.</summary>
    public Revision LoadedRevision { get; private set; }

    public List<SimStream> Streams { get; } = [];

    public long NextGeneration() => ++_generation;

    public void Start() => Process.Run(() =>
    {
        var loading = Feed.LoadAsync(CancellationToken.None);
        if (!loading.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The store did not load at once.", loading.Exception);
        }

        LoadedRevision = Feed.Current.Revision;
        if (Fault != Fault.CheckedNeverRemoved)
        {
            _ = _checkRemovals.StartAsync(CancellationToken.None);
        }

        _world.Record(new HistoryEvent.RegistryStarted(_world.Now, Feed.Current));
    });

    /// <summary>Whether everything that is durable is applied.</summary>
    public bool IsUpToDate => Feed.Current.Revision == _store.Revision;

    /// <summary>Removes an instance for no reason: a planted fault.</summary>
    public void Remove(InstanceRecord instance, RemovalReason reason) => _ = _store.CommitAsync(
        [new(new Core.Catalog.RecordChange.InstanceRemoved(
            instance.AddressKey, instance.Key.Id, new Removal(reason, "", default)), instance.Revision)], CancellationToken.None);

    /// <summary>Commits something that nobody waits for, as the product's janitor does.</summary>
    public void ForgetEmptyServices() => _ = ForgetAsync();

    public void Renewed(LeaseId lease) => _world.Record(new HistoryEvent.Renewed(_world.Now, lease, _world.Now));

    /// <summary>Records that a registration was refused because a living instance holds what it wants.</summary>
    public void RecordRefusal(RegisterRequest request, Refusal? refusal, TimeSpan arrived)
    {
        if (refusal?.Reason == RefusalReason.AlreadyExists && request.Instance.ToCore(out var instance) is null)
        {
            _world.Record(new HistoryEvent.AddressRefused(_world.Now, instance.Key, instance.AddressKey, arrived));
        }
    }

    private async Task ForgetAsync()
    {
        try
        {
            foreach (var service in Feed.Current.Services.Values.Where(s => s.Instances.IsEmpty).Select(s => s.Key).Order(ServiceKey.Order))
            {
                await _store.CommitAsync([new(new Core.Catalog.RecordChange.ServiceForgotten(service), null)], CancellationToken.None);
            }
        }
        catch (Registry.Store.StoreUnavailableException)
        {
            // As the janitor: the next round asks again.
        }
    }
}
