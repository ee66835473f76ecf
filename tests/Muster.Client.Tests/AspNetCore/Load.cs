using System.Collections.Concurrent;
using Muster.Client.Discovery;
using Muster.Core.Model;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>Callers that send one request after the other to instances of a service, as a view shows them at that moment.</summary>
internal sealed class Load : IDisposable
{
    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly Task[] _callers;
    private readonly Lock _lock = new();
    private readonly List<(int At, TaskCompletionSource Reached)> _waiting = [];
    private int _calls;

    public Load(IServiceWatch watch, int callers) =>
        _callers = [.. Enumerable.Range(0, callers).Select(i => Task.Run(() => CallAsync(watch, new Random(i))))];

    /// <summary>Completes after that many more calls.</summary>
    public Task CallsAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Add((_calls + count, reached));
        }

        return reached.Task.InTime();
    }

    public async Task<IReadOnlyCollection<string>> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers).InTime();
        return _failures;
    }

    public void Dispose()
    {
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task CallAsync(IServiceWatch watch, Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var eligible = watch.Current.Instances.Where(i => i.Status.Tier() == 0).ToList();
            var chosen = eligible[random.Next(eligible.Count)];
            try
            {
                _ = await _http.GetStringAsync(new Uri($"http://{chosen.Record.Address}/"));
            }
            catch (Exception e)
            {
                _failures.Enqueue($"{chosen.Record.Address} ({watch.Current.Instances.Length} listed): {e.Message}");
            }

            Count();
        }
    }

    private void Count()
    {
        lock (_lock)
        {
            _calls++;
            foreach (var waiting in _waiting.FindAll(w => w.At <= _calls))
            {
                waiting.Reached.SetResult();
                _waiting.Remove(waiting);
            }
        }
    }
}
