namespace Muster.Bench.LoadLab.Engine;

/// <summary>The reference: one queue for the whole fleet, first come first served, the fastest idle core first.</summary>
/// <remarks>No balancer can know what this one knows, a core's being idle in the very instant. Not a strict optimum where
/// speeds differ, but what "perfectly balanced" means to a caller.</remarks>
internal sealed class CentralQueue
{
    private readonly double[] _speeds;
    private readonly int[] _idle;
    private readonly long _rttTicks;
    private readonly EventQueue _running = new();
    private readonly Queue<int> _waiting = new();

    /// <summary>Creates an idle fleet.</summary>
    /// <param name="serverSpeeds">One per server.</param>
    /// <param name="coresPerServer">Cores of each.</param>
    /// <param name="rttTicks">To the queue and back.</param>
    public CentralQueue(IEnumerable<double> serverSpeeds, int coresPerServer, long rttTicks)
    {
        var classes = serverSpeeds.GroupBy(s => s).OrderByDescending(g => g.Key).ToList();
        _speeds = [.. classes.Select(g => g.Key)];
        _idle = [.. classes.Select(g => g.Count() * coresPerServer)];
        _rttTicks = rttTicks;
    }

    /// <summary>Replays a trace on the servers of a world.</summary>
    public static LatencyHistogram Of(World world, Trace trace, TimeSpan warmUp) =>
        new CentralQueue(world.Speeds, world.Cores, world.Rtt.Ticks).Run(trace, VirtualClock.StartTicks + warmUp.Ticks);

    /// <summary>Replays a trace.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="measureFromTicks">Requests made from then on count.</param>
    public LatencyHistogram Run(Trace trace, long measureFromTicks)
    {
        var latencies = new LatencyHistogram();
        var next = 0;
        while (next < trace.Count || _running.Count > 0)
        {
            var arrival = next < trace.Count ? trace.At[next] : long.MaxValue;
            if (arrival < _running.NextAt)
            {
                Start(trace, next++, arrival, latencies, measureFromTicks);
                continue;
            }

            var now = _running.NextAt;
            _idle[_running.Take().Subject]++;
            if (_waiting.TryDequeue(out var waiting))
            {
                Start(trace, waiting, now, latencies, measureFromTicks);
            }
        }

        return latencies;
    }

    private void Start(Trace trace, int request, long now, LatencyHistogram latencies, long measureFromTicks)
    {
        var fastest = Array.FindIndex(_idle, idle => idle > 0);
        if (fastest < 0)
        {
            _waiting.Enqueue(request);
            return;
        }

        _idle[fastest]--;
        var end = now + (long)(trace.DemandTicks[request] / _speeds[fastest]);
        _running.Add(end, new Happening(HappeningKind.Served, fastest));
        if (trace.At[request] >= measureFromTicks)
        {
            latencies.Add(end - trace.At[request] + _rttTicks);
        }
    }
}
