using Microsoft.Extensions.Logging.Abstractions;
using Muster.Core.Model;
using Muster.Registry;
using Muster.Registry.Api;
using Muster.Registry.Sessions;
using Muster.Registry.Watch;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>One life of a registry process: the product's own server, wired as it is in production but for Kestrel, the store's
/// file and the clock.</summary>
internal sealed class SimNode
{
    private readonly World _world;
    private readonly SimStore _store;
    private readonly Removals _removals = new();
    private long _generation;

    public SimNode(World world, SimDisk disk, SimIds ids, Fault fault, string name)
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
        Feed = new CatalogFeed(
            _store, Hub, Leases, new ServiceJanitor(_store, monotonic, clock), _removals, [callers], clock, NullLogger<CatalogFeed>.Instance);
        _store.Feed = Feed.Apply;
        var commits = new Commits(_store, Feed);
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
        _world.Record(new HistoryEvent.RegistryStarted(_world.Now, Feed.Current));
    });

    /// <summary>Commits something that nobody waits for, as the product's janitor does.</summary>
    public void ForgetEmptyServices() => _ = ForgetAsync();

    public void Renewed(LeaseId lease) => _world.Record(new HistoryEvent.Renewed(_world.Now, lease, _world.Now));

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
