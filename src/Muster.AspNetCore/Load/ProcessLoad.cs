using System.Diagnostics;
using Muster.Core.Model;

namespace Muster.AspNetCore.Load;

/// <summary>The CPU that this process used lately, as a share of all cores it may use.</summary>
/// <remarks>Thread-safe. Sampled at most every 100 ms, since the system's accounting is no finer than some 10 ms.</remarks>
internal sealed class ProcessLoad(Client.MusterClient muster) : ILoadSource
{
    private static readonly TimeSpan s_sampleInterval = TimeSpan.FromMilliseconds(100);

    // Guards the sample; whoever finds it taken uses the last figure.
    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider = muster.Options.TimeProvider;
    private long _sampledAt = muster.Options.TimeProvider.GetTimestamp();
    private TimeSpan _cpuThen = CpuTime();
    private volatile LoadReport _report = new();

    public LoadReport Current
    {
        get
        {
            if (_lock.TryEnter())
            {
                try
                {
                    SampleLocked();
                }
                finally
                {
                    _lock.Exit();
                }
            }

            return _report;
        }
    }

    private static TimeSpan CpuTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private void SampleLocked()
    {
        var now = _timeProvider.GetTimestamp();
        var elapsed = _timeProvider.GetElapsedTime(_sampledAt, now);
        if (elapsed < s_sampleInterval)
        {
            return;
        }

        var cpu = CpuTime();
        _report = new LoadReport { CpuUtilization = Math.Max(0, (cpu - _cpuThen) / elapsed / Environment.ProcessorCount) };
        (_sampledAt, _cpuThen) = (now, cpu);
    }
}
