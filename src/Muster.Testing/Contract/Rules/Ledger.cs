using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>What is known at a point of a history: the stores with all their states, the leases, the watchers.</summary>
/// <remarks>Takes each event in two steps, so that a rule judges it by the deadlines that held when it happened.</remarks>
internal sealed class Ledger
{
    private readonly Dictionary<string, StoreLedger> _stores = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, ServiceKey), WatchLedger> _watches = [];
    private readonly Dictionary<long, (HistoryEvent.Invoked Invoked, bool IsAcknowledged)> _operations = [];
    private TimeSpan _stalledAt;

    /// <summary>The store that the registry uses now.</summary>
    public StoreLedger? Store { get; private set; }

    /// <summary>What the commit made of each instance that it touched; empty for other events.</summary>
    public IReadOnlyList<Transition> Transitions { get; private set; } = [];

    /// <summary>Whether a registry process runs and does not stand still.</summary>
    public bool IsRunning { get; private set; }

    public bool IsStoreUp { get; private set; } = true;

    public bool IsGuarding { get; private set; }

    /// <summary>When something last kept the registry or its store from working: it started, went on after a standstill, or had its
    /// store back.</summary>
    public TimeSpan DisturbedAt { get; private set; }

    /// <summary>When the guard ended last; null if it never has.</summary>
    public TimeSpan? GuardEndedAt { get; private set; }

    public IEnumerable<WatchLedger> Watches => _watches.Values;

    public StoreLedger? FindStore(string id) => _stores.GetValueOrDefault(id);

    public WatchLedger Watch(string watcher, ServiceKey service)
    {
        if (!_watches.TryGetValue((watcher, service), out var watch))
        {
            _watches[(watcher, service)] = watch = new WatchLedger(watcher, service);
        }

        return watch;
    }

    public HistoryEvent.Invoked? FindOperation(long operation) =>
        _operations.TryGetValue(operation, out var found) ? found.Invoked : null;

    /// <summary>The operations that may have had an effect at this moment: asked for, and not answered before it.</summary>
    public IEnumerable<HistoryEvent.Invoked> Open() => _operations.Values.Where(o => !o.IsAcknowledged).Select(o => o.Invoked);

    /// <summary>Takes in what happened, but not what it means for deadlines.</summary>
    public void Observe(HistoryEvent happened)
    {
        Transitions = [];
        switch (happened)
        {
            case HistoryEvent.RegistryStarted started:
                Load(started);
                break;
            case HistoryEvent.Committed committed:
                Transitions = StoreOf(committed.StoreId).Apply(committed);
                break;
            case HistoryEvent.Invoked invoked:
                _operations[invoked.Operation] = (invoked, false);
                break;
            case HistoryEvent.Subscribed subscribed:
                Watch(subscribed.Watcher, subscribed.Service).OnSubscribed(subscribed.Resume);
                break;
            case HistoryEvent.SnapshotDelivered snapshot:
                Watch(snapshot.Watcher, snapshot.Service).OnSnapshot(snapshot.Instances, snapshot.IsLast);
                break;
            case HistoryEvent.ChangeDelivered change:
                Watch(change.Watcher, change.Change.Service).OnChange(change.Change);
                break;
            case HistoryEvent.WatchLost lost:
                foreach (var watch in _watches.Values.Where(w => w.Watcher == lost.Watcher))
                {
                    watch.IsConnected = false;
                }

                break;
        }
    }

    /// <summary>Draws the consequences, after the rules have judged.</summary>
    public void Settle(HistoryEvent happened)
    {
        switch (happened)
        {
            case HistoryEvent.RegistryStarted:
                (IsRunning, IsGuarding, DisturbedAt) = (true, false, happened.At);
                ForEachLease(l =>
                {
                    l.OnRegistryStarted(happened.At);
                    l.Provider.OnRegistryStarted();
                });
                ForEachCheck(c => c.OnRegistryStarted(happened.At));
                break;
            case HistoryEvent.RegistryStopped:
                (IsRunning, IsGuarding) = (false, false);
                break;
            case HistoryEvent.RegistryStalled:
                (IsRunning, _stalledAt) = (false, happened.At);
                break;
            case HistoryEvent.RegistryContinued:
                (IsRunning, DisturbedAt) = (true, happened.At);
                ForEachLease(l =>
                {
                    l.OnContinued(_stalledAt, happened.At);
                    l.Provider.OnContinued(_stalledAt, happened.At, l.Ttl);
                });
                ForEachCheck(c => c.OnDisturbed(happened.At));
                break;
            case HistoryEvent.StoreFailed:
                IsStoreUp = false;
                break;
            case HistoryEvent.StoreRecovered:
                (IsStoreUp, DisturbedAt) = (true, happened.At);
                ForEachLease(l => l.OnStoreRecovered(happened.At));
                ForEachCheck(c => c.OnDisturbed(happened.At));
                break;
            case HistoryEvent.GuardBegan:
                IsGuarding = true;
                break;
            case HistoryEvent.GuardEnded:
                (IsGuarding, GuardEndedAt) = (false, happened.At);
                break;
            case HistoryEvent.Renewed renewed:
                Store?.Lease(renewed.Lease).OnRenewed(renewed.Earliest, renewed.At);
                Sign(renewed.Lease, renewed.Earliest, renewed.At);
                break;
            case HistoryEvent.SessionOpened opened:
                Sign(opened.Lease, opened.At, opened.At);
                Store?.Lease(opened.Lease).Provider.OnSessionOpened(opened.AnswersPings);
                break;
            case HistoryEvent.SessionLost lost:
                Store?.Lease(lost.Lease).Provider.OnSessionLost();
                break;
            case HistoryEvent.Pinged pinged:
                Store?.Lease(pinged.Lease).Provider.OnPinged(pinged.At);
                break;
            case HistoryEvent.Heard heard:
                Store?.Lease(heard.Lease).Provider.OnHeard(heard.At);
                break;
            case HistoryEvent.Probed probed:
                Store?.Check(probed.Instance)?.OnProbed(probed);
                break;
            case HistoryEvent.Acknowledged acknowledged when _operations.TryGetValue(acknowledged.Operation, out var operation):
                _operations[acknowledged.Operation] = operation with { IsAcknowledged = true };
                break;
            case HistoryEvent.ProgressDelivered progress:
                Watch(progress.Watcher, progress.Service).OnProgress(progress.Token, progress.At);
                break;
        }
    }

    private void Load(HistoryEvent.RegistryStarted started)
    {
        var isKnown = _stores.ContainsKey(started.Loaded.StoreId);
        Store = StoreOf(started.Loaded.StoreId);
        if (!isKnown)
        {
            // The history begins here: what the store held before is taken as it is.
            Store.Load(started.Loaded, started.At);
        }
    }

    private StoreLedger StoreOf(string id)
    {
        if (!_stores.TryGetValue(id, out var store))
        {
            _stores[id] = store = new StoreLedger(id);
        }

        return store;
    }

    private void Sign(LeaseId lease, TimeSpan earliest, TimeSpan at)
    {
        if (Store?.Lease(lease) is { } ledger)
        {
            ledger.Provider.OnSign(earliest, at, ledger.Ttl);
        }
    }

    private void ForEachCheck(Action<CheckLedger> step)
    {
        foreach (var check in Store?.Checks ?? [])
        {
            step(check);
        }
    }

    private void ForEachLease(Action<LeaseLedger> step)
    {
        foreach (var lease in Store?.RunningLeases ?? [])
        {
            step(lease);
        }
    }
}
