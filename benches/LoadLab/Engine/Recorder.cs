using Muster.Bench.LoadLab.Clients;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>Writes down what happens to requests. Each counts by when it was made, not by when it ends.</summary>
internal sealed class Recorder(World world, Trace trace, long measureFromTicks, VirtualClock clock, SimServer[] servers)
{
    private readonly double[] _busyAtWarm = new double[servers.Length];
    private bool _isWarm;

    public RunFigures Figures { get; } = new(servers.Length);

    /// <summary>A request is made.</summary>
    public void OnAsked(int request) => Figures.Requests += IsCounted(request) ? 1 : 0;

    /// <summary>No instance was left for a request, which ends with that.</summary>
    public void OnUnplaced(int request)
    {
        Figures.Unplaced += IsCounted(request) ? 1 : 0;
        CountError(request);
    }

    /// <summary>An attempt is sent.</summary>
    public void OnSent(int request, int server)
    {
        if (IsCounted(request))
        {
            Figures.Attempts++;
            Figures.AttemptsByServer[server]++;
        }

        if (PointOf(request) is { } point)
        {
            point.Attempts++;
            point.ToWatched += server == world.Watched ? 1 : 0;
        }
    }

    /// <summary>Probes are sent, beside a request.</summary>
    public void OnProbing(int request, int probes) => Figures.Probes += IsCounted(request) ? probes : 0;

    /// <summary>A request has ended.</summary>
    /// <param name="request">The request.</param>
    /// <param name="server">Whose answer ended it; null if that does not matter.</param>
    /// <param name="outcome">How.</param>
    public void OnEnded(int request, int? server, AttemptOutcome outcome)
    {
        var isCounted = IsCounted(request);
        if (outcome != AttemptOutcome.Answered)
        {
            CountError(request);
            Figures.TimedOut += isCounted && outcome == AttemptOutcome.TimedOut ? 1 : 0;
            return;
        }

        var latency = clock.NowTicks - trace.At[request];
        if (isCounted)
        {
            Figures.Latencies.Add(latency);
        }

        if (PointOf(request) is { } point)
        {
            point.Latencies.Add(latency);
            if (server == world.Watched)
            {
                point.OfWatched.Add(latency);
            }
        }
    }

    /// <summary>The warm-up is over.</summary>
    public void BecomeWarm()
    {
        _isWarm = true;
        for (var i = 0; i < servers.Length; i++)
        {
            _busyAtWarm[i] = servers[i].BusyTicks;
        }
    }

    /// <summary>The trace is over.</summary>
    public void TakeUtilization()
    {
        for (var i = 0; i < servers.Length; i++)
        {
            Figures.Utilization[i] = (servers[i].BusyTicks - _busyAtWarm[i]) / (world.Cores * (double)(trace.EndTicks - measureFromTicks));
        }
    }

    /// <summary>Takes a sample of how many requests each server holds.</summary>
    public void SampleInFlight()
    {
        if (!_isWarm)
        {
            return;
        }

        foreach (var server in servers)
        {
            Figures.InFlight.Add(server.InFlight);
        }
    }

    private bool IsCounted(int request) => trace.At[request] >= measureFromTicks;

    private void CountError(int request)
    {
        Figures.Errors += IsCounted(request) ? 1 : 0;
        if (PointOf(request) is { } point)
        {
            point.Errors++;
        }
    }

    private SeriesPoint? PointOf(int request)
    {
        if (world.SeriesStep is not { } step)
        {
            return null;
        }

        var index = (int)((trace.At[request] - VirtualClock.StartTicks) / step.Ticks);
        while (Figures.Series.Count <= index)
        {
            Figures.Series.Add(new SeriesPoint());
        }

        return Figures.Series[index];
    }
}
