using System.Collections.Concurrent;
using Muster.Client.Http;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Scenarios;

/// <summary>A caller of "greeter": an <see cref="HttpClient"/> over a balancing handler, and a record of every pick.</summary>
internal sealed class ConsumerApp : ICallObserver, IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly MusterClient _muster;
    private readonly HttpClient _http;
    private readonly IServiceWatch _watch;

    public ConsumerApp(string registry)
    {
        _muster = new MusterClient(new MusterClientOptions { Registry = registry });
        _http = new HttpClient(new MusterHandler(_muster, new BalancingOptions { Policy = PolicyNames.RoundRobin, Observer = this }))
        {
            BaseAddress = new Uri("http://greeter"),
        };
        _watch = _muster.Directory.Watch(ServiceKey.Default("greeter"));
    }

    /// <summary>The instances in the order they were picked.</summary>
    public ConcurrentQueue<string> Picks { get; } = new();

    public IServiceDirectory Directory => _muster.Directory;

    public event Action<ServiceView>? Changed
    {
        add => _watch.Changed += value;
        remove => _watch.Changed -= value;
    }

    public Task<string> CallAsync() => _http.GetStringAsync(new Uri("/", UriKind.Relative));

    /// <summary>Calls n times, and returns who was picked.</summary>
    public async Task<IReadOnlyList<string>> PicksOfAsync(int calls)
    {
        Picks.Clear();
        for (var i = 0; i < calls; i++)
        {
            await CallAsync();
        }

        return [.. Picks];
    }

    /// <summary>Completes on the first view for which the condition holds: on the event itself, not by looking again.</summary>
    public async Task<ServiceView> ViewAsync(string what, Func<ServiceView, bool> condition)
    {
        var seen = new TaskCompletionSource<ServiceView>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(ServiceView view)
        {
            if (condition(view))
            {
                seen.TrySetResult(view);
            }
        }

        _watch.Changed += Look;
        try
        {
            Look(_watch.Current);
            return await seen.Task.WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            var now = string.Join(", ", _watch.Current.Instances.Select(i => $"{i.Id} {i.Status}"));
            throw new TimeoutException($"Waited {s_patience.TotalSeconds} s for: {what}. The view is {_watch.Current.Knowledge}: {now}");
        }
        finally
        {
            _watch.Changed -= Look;
        }
    }

    public Task<ServiceView> StatusAsync(string id, InstanceStatus status) =>
        ViewAsync($"{id} {status}", v => v.Instances.Any(i => i.Id == id && i.Status == status));

    public Task<ServiceView> GoneAsync(string id) => ViewAsync($"{id} gone", v => v.Instances.All(i => i.Id != id));

    /// <summary>Completes when the directory says it is stale, or fresh again.</summary>
    public async Task StaleAsync(bool stale)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(bool now)
        {
            if (now == stale)
            {
                seen.TrySetResult();
            }
        }

        Directory.StaleChanged += Look;
        try
        {
            Look(Directory.IsStale);
            await seen.Task.WaitAsync(s_patience);
        }
        finally
        {
            Directory.StaleChanged -= Look;
        }
    }

    public void OnPicked(string service, string instanceId) => Picks.Enqueue(instanceId);

    public void OnCompleted(AttemptOutcome outcome)
    {
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _muster.DisposeAsync();
    }
}
