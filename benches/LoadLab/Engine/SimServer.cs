using System.Collections.Immutable;
using Muster.AspNetCore;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>A server: some cores, one queue, and a load report as the product's middleware makes it.</summary>
internal sealed class SimServer
{
    // As the product's reporter: CPU and rates at most every 10 ms, a report for each number of requests in flight within that time.
    private static readonly long s_refreshTicks = TimeSpan.FromMilliseconds(10).Ticks;

    private static readonly ImmutableSortedDictionary<string, double> s_noFigures =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    private readonly int _cores;
    private readonly VirtualClock _clock;
    private readonly WorkQueue _waiting = new();
    private readonly Queue<(long At, LoadReport Report)> _past = new();
    private readonly (long InFlight, LoadReport Report)?[] _reports = new (long, LoadReport)?[64];
    private LoadReport _measured = new();
    private LoadReport? _aged;
    private long _measuredAt = long.MinValue / 2;
    private long _agedAt = long.MinValue / 2;
    private double _busyTicks;
    private long _busyChangedAt;
    private ProcessLoadSource _cpu;

    /// <summary>Makes a server that has never worked.</summary>
    /// <param name="index">Which one of the fleet.</param>
    /// <param name="cores">How many requests it works for at a time.</param>
    /// <param name="clock">The simulation's clock.</param>
    public SimServer(int index, int cores, VirtualClock clock)
    {
        (Index, _cores, _clock) = (index, cores, clock);
        _busyChangedAt = clock.NowTicks;
        _cpu = NewCpu();
        Meter = NewMeter();
    }

    public int Index { get; }

    /// <summary>Work done per time; 1 is what demands are counted in.</summary>
    public double Speed { get; set; } = 1;

    public ServerMode Mode { get; set; }

    /// <summary>Share of requests that fail after the work was done.</summary>
    public double FailureShare { get; set; }

    /// <summary>Processes that were this server so far; each is an instance of its own.</summary>
    public int Generation { get; private set; }

    public RequestMeter Meter { get; private set; }

    /// <summary>Requests that are here: worked for or waiting.</summary>
    public int InFlight => (int)Meter.InFlight;

    public int Busy { get; private set; }

    public WorkQueue Waiting => _waiting;

    public bool HasIdleCore => Busy < _cores && Mode != ServerMode.Hanging;

    /// <summary>Time that its cores were busy, all together.</summary>
    public double BusyTicks
    {
        get
        {
            var now = _clock.NowTicks;
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
        Meter = NewMeter();
        Mode = ServerMode.Serving;
        _cpu = NewCpu();
        Measure();
    }

    /// <summary>What a response that leaves now carries.</summary>
    public LoadReport Report()
    {
        var now = _clock.NowTicks;
        if (now - _measuredAt >= s_refreshTicks)
        {
            Measure();
            _measuredAt = now;
        }

        var inFlight = Meter.InFlight;
        ref var report = ref _reports[inFlight % _reports.Length];
        return report is not null && report.Value.InFlight == inFlight
            ? report.Value.Report
            : (report = (inFlight, With(inFlight))).Value.Report;
    }

    /// <summary>What a response that leaves now carries where all figures are old; null before there is one as old as that.</summary>
    public LoadReport? Report(long ageTicks)
    {
        if (ageTicks == 0)
        {
            return Report();
        }

        if (_clock.NowTicks - _agedAt >= s_refreshTicks)
        {
            _agedAt = _clock.NowTicks;
            _past.Enqueue((_clock.NowTicks, Report()));
        }

        while (_past.TryPeek(out var oldest) && oldest.At <= _clock.NowTicks - ageTicks)
        {
            _aged = _past.Dequeue().Report;
        }

        return _aged;
    }

    private RequestMeter NewMeter() => new(_clock, Limits.LatencyWindowDefault);

    private ProcessLoadSource NewCpu() => new(_clock, () => TimeSpan.FromTicks((long)BusyTicks), _cores);

    private LoadReport With(long inFlight)
    {
        var named = s_noFigures.Add(OrcaMapping.RequestsInFlight, inFlight);
        return _measured with
        {
            Named = Meter.LatencyMillisecondsNear(inFlight) is { } latency ? named.Add(OrcaMapping.LatencyMilliseconds, latency) : named,
        };
    }

    private void Measure()
    {
        var rates = Meter.Rates;
        _measured = (_cpu.Current ?? new LoadReport()) with { Rps = rates.PerSecond, Eps = rates.FailedPerSecond };
        Array.Clear(_reports);
    }
}
