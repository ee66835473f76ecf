using System.Diagnostics;
using Muster.AspNetCore;
using Muster.Core.Model;

namespace Muster.Bench.LoadLab.Real;

/// <summary>The cores of a real server: so many requests are worked for at a time, the others wait in turn. Work is a timer, so that
/// a machine of two processors can stand for eighty.</summary>
internal sealed class WorkPlace : ILoadSource, IDisposable
{
    private readonly double _speed;

    // Hands out cores in the order in which they were asked for.
    private readonly SemaphoreSlim _cores;
    private readonly ProcessLoadSource _load;

    // Guards the three: time that cores were busy, up to when that is counted, and how many are busy since.
    private readonly Lock _counting = new();
    private TimeSpan _busyTime;
    private long _countedAt = Stopwatch.GetTimestamp();
    private int _busy;

    /// <summary>Makes a place that nobody works in yet.</summary>
    /// <param name="cores">How many.</param>
    /// <param name="speed">Work done per time; 1 is what callers count in.</param>
    public WorkPlace(int cores, double speed)
    {
        _speed = speed;
        _cores = new SemaphoreSlim(cores);
        _load = new ProcessLoadSource(TimeProvider.System, () => Count(0), cores);
    }

    /// <summary>Its cores as the product measures a processor.</summary>
    public LoadReport? Current => _load.Current;

    /// <summary>Waits for a core and occupies it.</summary>
    public async Task WorkAsync(long micros, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken);
        Count(1);
        try
        {
            await Task.Delay(TimeSpan.FromMicroseconds(micros / _speed), TimeProvider.System, cancellationToken);
        }
        finally
        {
            Count(-1);
            _cores.Release();
        }
    }

    public void Dispose() => _cores.Dispose();

    private TimeSpan Count(int more)
    {
        lock (_counting)
        {
            var now = Stopwatch.GetTimestamp();
            _busyTime += _busy * Stopwatch.GetElapsedTime(_countedAt, now);
            (_countedAt, _busy) = (now, _busy + more);
            return _busyTime;
        }
    }
}
