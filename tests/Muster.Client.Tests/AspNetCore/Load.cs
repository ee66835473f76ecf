using System.Collections.Concurrent;
using System.Net;
using Muster.Client.Discovery;
using Muster.Core.Model;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>Callers that each make one call after the other.</summary>
internal sealed class Load : IDisposable
{
    private readonly HttpClient _http = new() { DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly Task[] _callers;
    private readonly Lock _lock = new();
    private readonly List<(int At, TaskCompletionSource Reached)> _waiting = [];
    private int _calls;

    /// <summary>Starts callers of instances of a service, as a view shows them at that moment.</summary>
    public Load(IServiceWatch watch, int callers, Version? version = null)
    {
        _http.DefaultRequestVersion = version ?? HttpVersion.Version11;
        _callers = Start(callers, random => CallAsync(watch, random));
    }

    /// <summary>Starts callers of something else.</summary>
    /// <param name="call">One call; throws if it fails.</param>
    /// <param name="callers">How many at a time.</param>
    public Load(Func<Random, Task> call, int callers) => _callers = Start(callers, async random =>
    {
        try
        {
            await call(random);
        }
        catch (Exception e)
        {
            _failures.Enqueue($"{e}");
        }
    });

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

    private Task[] Start(int callers, Func<Random, Task> call) => [.. Enumerable.Range(0, callers).Select(i => Task.Run(async () =>
    {
        var random = new Random(i);
        while (!_stop.IsCancellationRequested)
        {
            await call(random);
            Count();
        }
    }))];

    private async Task CallAsync(IServiceWatch watch, Random random)
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
