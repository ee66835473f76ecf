using System.Collections.Concurrent;
using Muster.Bench.LoadLab.Engine;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace Muster.Bench.LoadLab.Real;

/// <summary>Sends a trace in real time, each request at its moment whether or not those before are answered.</summary>
/// <remarks>Latencies count from that moment, so a sender that is late does not make them shorter.</remarks>
internal sealed class OpenLoop(Trace trace, IReadOnlyList<RealCaller> callers)
{
    private readonly ConcurrentBag<(int Request, long Ticks)> _answered = [];
    private readonly ConcurrentBag<(int Request, string Why)> _failed = [];

    /// <summary>Requests that failed, and why.</summary>
    public IReadOnlyCollection<(int Request, string Why)> Failed => _failed;

    /// <summary>Sends everything and waits for every answer, or gives all calls up when it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var calls = new List<Task>(trace.Count);
        var sender = new Thread(() => Send(calls, cancellationToken)) { IsBackground = true };
        sender.Start();
        await Task.Run(sender.Join, CancellationToken.None);
        await Task.WhenAll(calls);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Latencies of requests that were made in a stretch, counted from the beginning of the trace.</summary>
    public LatencyHistogram Latencies(TimeSpan from, TimeSpan to)
    {
        var latencies = new LatencyHistogram();
        foreach (var (request, ticks) in _answered)
        {
            if (OffsetOf(request) is var offset && offset >= from.Ticks && offset < to.Ticks)
            {
                latencies.Add(ticks);
            }
        }

        return latencies;
    }

    // A thread of its own: on the pool, a busy machine would hold back the sending and so hide that it is busy. It sleeps for a
    // millisecond at a time, which sends a few requests together; those that work takes fifty of them do not notice.
    private void Send(List<Task> calls, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (calls.Count < trace.Count && !cancellationToken.IsCancellationRequested)
        {
            var now = Stopwatch.GetElapsedTime(began).Ticks;
            while (calls.Count < trace.Count && OffsetOf(calls.Count) <= now)
            {
                var request = calls.Count;
                calls.Add(Task.Run(() => CallAsync(request, began, cancellationToken), CancellationToken.None));
            }

            Thread.Sleep(1);
        }
    }

    private async Task CallAsync(int request, long began, CancellationToken cancellationToken)
    {
        var micros = (long)(trace.DemandTicks[request] / TimeSpan.TicksPerMicrosecond);
        var failure = await callers[trace.Client[request]].CallAsync(micros, cancellationToken);
        if (failure is null)
        {
            _answered.Add((request, Stopwatch.GetElapsedTime(began).Ticks - OffsetOf(request)));
        }
        else
        {
            _failed.Add((request, failure));
        }
    }

    private long OffsetOf(int request) => trace.At[request] - VirtualClock.StartTicks;
}
