using System.Collections.Concurrent;
using Muster.Client.Http;
using Muster.Client;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadDriver.Unregister;

/// <summary>Calls a service without a pause worth the name, and remembers when it chose whom.</summary>
internal sealed class Caller : ICallObserver, IAsyncDisposable
{
    // Often enough to see a late pick, seldom enough to leave the machine room for what is measured.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly MusterClient _client;
    private readonly TimeProvider _timeProvider;
    private readonly HttpClient _http;
    private readonly Task _calling;
    private readonly ConcurrentDictionary<string, long> _lastPicks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _awaited = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly List<(long Total, TaskCompletionSource Reached)> _counts = [];
    private long _picks;

    public Caller(MusterClient client, string service, TimeProvider timeProvider, CancellationToken ending)
    {
        _client = client;
        _timeProvider = timeProvider;
        _http = new HttpClient(new MusterHandler(client, new BalancingOptions { Policy = PolicyNames.Random, Observer = this }));
        _calling = CallAsync(new Uri($"http://{service}/"), ending);
    }

    /// <summary>When it last chose the instance; 0 if never.</summary>
    public long LastPickOf(string instanceId) => _lastPicks.GetValueOrDefault(instanceId);

    /// <summary>Completes with the time of the next pick of the instance.</summary>
    public Task<long> NextPickOfAsync(string instanceId, CancellationToken cancellationToken)
    {
        var awaited = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaited[instanceId] = awaited;
        return awaited.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Completes after so many more picks.</summary>
    public Task PicksAsync(int count, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _counts.Add((_picks + count, reached));
        }

        return reached.Task.WaitAsync(cancellationToken);
    }

    public void OnPicked(string service, string instanceId)
    {
        var now = _timeProvider.GetTimestamp();
        _lastPicks[instanceId] = now;
        if (_awaited.TryRemove(instanceId, out var awaited))
        {
            awaited.SetResult(now);
        }

        lock (_lock)
        {
            _picks++;
            foreach (var (_, reached) in _counts.Where(count => count.Total <= _picks))
            {
                reached.TrySetResult();
            }

            _counts.RemoveAll(count => count.Total <= _picks);
        }
    }

    public void OnCompleted(AttemptOutcome outcome)
    {
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _calling;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        _http.Dispose();
        await _client.DisposeAsync();
    }

    private async Task CallAsync(Uri uri, CancellationToken ending)
    {
        while (true)
        {
            await _http.GetStringAsync(uri, ending);
            await Task.Delay(Pause, _timeProvider, ending);
        }
    }
}
