using Muster.Core.Model;
using Muster.Registry.Store;
using Muster.Testing;
using Muster.Testing.Contract;
using Recording = Muster.Testing.Contract.History;

namespace Muster.Registry.Tests.Contract;

/// <summary>A real registry with real streams, on a manual clock, held to the contract.</summary>
public class RecordedRunTests
{
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(2);
    private static readonly ServiceKey s_service = ServiceKey.Default("calculator");

    private readonly ManualTimeProvider _time = new();
    private readonly Recording _history = new();
    private readonly List<RecordedProvider> _providers = [];
    private readonly List<RecordedWatcher> _watchers = [];
    private readonly Random _random = new(1);
    private int _names;

    [Fact]
    public async Task RealRegistry_ProvidersDieAndWatchersComeAndGo_KeepsTheContract()
    {
        await using var memory = new MemoryStore("memory-1");
        await using var store = new RecordingStore(memory, _history, Now);
        await using var registry = await InProcessRegistry.StartAsync(_time, store: store);
        for (var i = 0; i < 3; i++)
        {
            var watcher = new RecordedWatcher(registry.Client, _history, Now, $"w{i}", s_service);
            await watcher.ConnectAsync();
            _watchers.Add(watcher);
        }

        for (var round = 0; round < 60; round++)
        {
            await RoundAsync(registry);
            _time.Advance(TimeSpan.FromSeconds(0.2));
        }

        var last = await StartProviderAsync(registry);
        await Task.WhenAll(_watchers.Select(w => w.ReachedAsync(last)));
        _history.Add(() => new HistoryEvent.Quiesced(Now()));
        foreach (var disposable in _providers.Cast<IAsyncDisposable>().Concat(_watchers))
        {
            await disposable.DisposeAsync();
        }

        Assert.Contains(_history.Events, e => e is HistoryEvent.Committed { Commit: var commit }
            && commit.Changes.Any(c => c is Core.Catalog.RecordChange.InstanceRemoved { Removal.Reason: RemovalReason.ConnectionLost }));
        var violations = HistoryChecker.Check(_history);
        Assert.True(violations.Count == 0, $"{string.Join('\n', violations)}\n{_history}");
    }

    private async Task RoundAsync(InProcessRegistry registry)
    {
        // All together: renewals of many sessions and changes cross each other, as they do in earnest.
        await Task.WhenAll(_providers.Select(p => p.RenewAsync()));
        switch (_random.Next(5))
        {
            case 0 when _providers.Count > 0:
                var dead = TakeOne();
                await dead.DisposeAsync();
                break;
            case 1 when _providers.Count > 0:
                var leaving = TakeOne();
                await leaving.DeregisterAsync();
                await leaving.DisposeAsync();
                break;
            case 2:
                var watcher = _watchers[_random.Next(_watchers.Count)];
                await watcher.DisconnectAsync();
                await StartProviderAsync(registry);
                await watcher.ConnectAsync();
                break;
            default:
                await Task.WhenAll(StartProviderAsync(registry), StartProviderAsync(registry));
                break;
        }
    }

    private async Task<ulong> StartProviderAsync(InProcessRegistry registry)
    {
        var name = Interlocked.Increment(ref _names);
        var provider = new RecordedProvider(registry.Client, _history, Now);
        await provider.OpenAsync(s_ttl);
        var revision = await provider.RegisterAsync(new Protocol.V1.Instance
        {
            Service = s_service.Name,
            Id = $"i{name}",
            Host = "10.0.0.1",
            Endpoints = { new Protocol.V1.Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 1000 + name } },
        });
        lock (_providers)
        {
            _providers.Add(provider);
        }

        return revision;
    }

    private RecordedProvider TakeOne()
    {
        var provider = _providers[_random.Next(_providers.Count)];
        _providers.Remove(provider);
        return provider;
    }

    private TimeSpan Now() => _time.Elapsed;
}
