using Muster.Core.Model;

namespace Muster.AspNetCore;

/// <summary>The CPU time that this process used, as a share of all the processors it may run on.</summary>
/// <remarks>Measured anew at most every 100 ms: shorter windows measure the scheduler. Thread-safe.</remarks>
internal sealed class ProcessLoadSource : ILoadSource
{
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _cpuTime;
    private readonly int _processors;

    // Guards the next sample: of several that ask at once one measures, the others take the last report.
    private readonly Lock _lock = new();
    private long _sampledAt;
    private TimeSpan _sampledCpuTime;
    private volatile LoadReport? _report;

    public ProcessLoadSource(TimeProvider time)
        : this(time, static () => Environment.CpuUsage.TotalTime, Environment.ProcessorCount)
    {
    }

    internal ProcessLoadSource(TimeProvider time, Func<TimeSpan> cpuTime, int processors)
    {
        _time = time;
        _cpuTime = cpuTime;
        _processors = processors;
        _sampledAt = time.GetTimestamp();
        _sampledCpuTime = cpuTime();
    }

    /// <summary>The last measurement; null within the first 100 ms.</summary>
    public LoadReport? Current
    {
        get
        {
            if (_lock.TryEnter())
            {
                try
                {
                    Measure();
                }
                finally
                {
                    _lock.Exit();
                }
            }

            return _report;
        }
    }

    private void Measure()
    {
        var now = _time.GetTimestamp();
        var elapsed = _time.GetElapsedTime(_sampledAt, now);
        if (elapsed < s_window)
        {
            return;
        }

        var cpuTime = _cpuTime();
        var used = (cpuTime - _sampledCpuTime) / elapsed / _processors;
        (_sampledAt, _sampledCpuTime) = (now, cpuTime);

        // The two clocks are not the same one, so a share a little outside 0 to 1 is noise.
        _report = new LoadReport { CpuUtilization = Math.Clamp(used, 0, 1) };
    }
}
