using System.Diagnostics;
using Muster.AspNetCore;
using Muster.Core.Model;

namespace Muster.Bench.LoadLab.Real;

/// <summary>The cores of a real server: so many requests are worked for at a time, the others wait in turn. Work is a timer, so that
/// a machine of two processors can stand for eighty.</summary>
/// <param name="cores">How many.</param>
/// <param name="speed">Work done per time; 1 is what callers count in.</param>
internal sealed class WorkPlace(int cores, double speed) : ILoadSource, IDisposable
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);

    // Hands out cores in the order in which they were asked for.
    private readonly SemaphoreSlim _cores = new(cores);

    // Guards the last measurement; of many requests that end at once one measures anew.
    private readonly Lock _measuring = new();
    private long _busyTicks;
    private long _sampledBusyTicks;
    private long _sampledAt = Stopwatch.GetTimestamp();
    private volatile LoadReport? _report;

    /// <summary>Its cores as a processor would report them: over the last second that is over.</summary>
    public LoadReport? Current
    {
        get
        {
            lock (_measuring)
            {
                var elapsed = Stopwatch.GetElapsedTime(_sampledAt);
                if (elapsed >= s_window)
                {
                    var busy = Interlocked.Read(ref _busyTicks);
                    var used = (busy - _sampledBusyTicks) / (double)elapsed.Ticks / cores;
                    (_sampledAt, _sampledBusyTicks) = (Stopwatch.GetTimestamp(), busy);
                    _report = new LoadReport { CpuUtilization = Math.Clamp(used, 0, 1) };
                }
            }

            return _report;
        }
    }

    /// <summary>Waits for a core and occupies it.</summary>
    public async Task WorkAsync(long micros, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken);
        try
        {
            var began = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromMicroseconds(micros / speed), TimeProvider.System, cancellationToken);
            Interlocked.Add(ref _busyTicks, Stopwatch.GetElapsedTime(began).Ticks);
        }
        finally
        {
            _cores.Release();
        }
    }

    public void Dispose() => _cores.Dispose();
}
