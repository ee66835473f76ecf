using System.Collections.Immutable;
using Muster.AspNetCore;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>A server: some cores, one queue, and a load report as the product's middleware makes it.</summary>
/// <param name="index">Which one of the fleet.</param>
/// <param name="cores">How many requests it works for at a time.</param>
/// <param name="clock">The simulation's clock.</param>
internal sealed class SimServer(int index, int cores, VirtualClock clock)
{
    // As the product's reporter: encoded at most every 10 ms, and all responses within that time carry the same.
    private static readonly long s_refreshTicks = TimeSpan.FromMilliseconds(10).Ticks;

    private readonly WorkQueue _waiting = new();
    private readonly Queue<(long At, LoadReport Report)> _past = new();
    private LoadReport? _report;
    private LoadReport? _aged;
    private long _reportAt;
    private double _busyTicks;
    private double _sampledBusyTicks;
    private long _sampledAt = clock.NowTicks;
    private long _busyChangedAt = clock.NowTicks;
    private double _cpu;

    public int Index => index;

    /// <summary>Work done per time; 1 is what demands are counted in.</summary>
    public double Speed { get; set; } = 1;

    public ServerMode Mode { get; set; }

    /// <summary>Share of requests that fail after the work was done.</summary>
    public double FailureShare { get; set; }

    /// <summary>Processes that were this server so far; each is an instance of its own.</summary>
    public int Generation { get; private set; }

    public RequestMeter Meter { get; private set; } = new(clock);

    /// <summary>Requests that are here: worked for or waiting.</summary>
    public int InFlight => (int)Meter.InFlight;

    public int Busy { get; private set; }

    public WorkQueue Waiting => _waiting;

    public bool HasIdleCore => Busy < cores;

    /// <summary>Time that its cores were busy, all together.</summary>
    public double BusyTicks
    {
        get
        {
            var now = clock.NowTicks;
            _busyTicks += Busy * (double)(now - _busyChangedAt);
            _busyChangedAt = now;
            return _busyTicks;
        }
    }

    public void Occupy()
    {
        _ = BusyTicks;
        Busy++;
    }

    public void Release()
    {
        _ = BusyTicks;
        Busy--;
    }

    /// <summary>Starts again as another process, which knows nothing of what the one before measured.</summary>
    public void Restart()
    {
        Generation++;
        Meter = new RequestMeter(clock);
        Mode = ServerMode.Serving;
        (_report, _cpu, _sampledAt, _sampledBusyTicks) = (null, 0, clock.NowTicks, BusyTicks);
    }

    /// <summary>What a response that leaves now carries.</summary>
    public LoadReport Report()
    {
        var now = clock.NowTicks;
        if (_report is null || now - _reportAt >= s_refreshTicks)
        {
            (_report, _reportAt) = (Measure(), now);
        }

        return _report;
    }

    /// <summary>What a response that leaves now carries where all figures are old; null before there is one as old as that.</summary>
    public LoadReport? Report(long ageTicks)
    {
        if (ageTicks == 0)
        {
            return Report();
        }

        var report = Report();
        if (_reportAt == clock.NowTicks)
        {
            _past.Enqueue((_reportAt, report));
        }

        while (_past.TryPeek(out var oldest) && oldest.At <= clock.NowTicks - ageTicks)
        {
            _aged = _past.Dequeue().Report;
        }

        return _aged;
    }

    private LoadReport Measure()
    {
        var rates = Meter.Rates;
        SampleCpu(rates);
        var named = s_noFigures.Add(OrcaMapping.RequestsInFlight, Meter.InFlight);
        return new LoadReport
        {
            CpuUtilization = _cpu,
            Rps = rates.PerSecond,
            Eps = rates.FailedPerSecond,
            Named = Meter.LatencyMilliseconds is { } latency ? named.Add(OrcaMapping.LatencyMilliseconds, latency) : named,
        };
    }

    // Over the same second as the rates: a weight that divides one by the other must not see two different times.
    private void SampleCpu(RequestRates rates)
    {
        if (rates.Timestamp != _sampledAt)
        {
            var busy = BusyTicks;
            _cpu = Math.Clamp((busy - _sampledBusyTicks) / (rates.Timestamp - _sampledAt) / cores, 0, 1);
            (_sampledAt, _sampledBusyTicks) = (rates.Timestamp, busy);
        }
    }

    private static readonly ImmutableSortedDictionary<string, double> s_noFigures =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);
}
