using System.Runtime.InteropServices;
using Muster.Client.Balancing;

namespace Muster.Client.Resilience;

/// <summary>How the calls to one instance went since outlier detection looked last.</summary>
/// <remarks>Thread-safe: every call adds, the detector takes all and leaves nothing.</remarks>
internal sealed class CallWindow
{
    private Padded _counts;

    // Microseconds of the successes; added to after the counts, so a sum may miss the call that was counted last.
    private long _latencyMicroseconds;

    public void Add(AttemptResult result, TimeSpan? latency)
    {
        if (result is AttemptResult.Cancelled)
        {
            return;
        }

        // Successes in the lower half, failures in the upper: one atomic addition.
        Interlocked.Add(ref _counts.Value, result == AttemptResult.Failure ? 1L << 32 : 1);
        if (latency is { } time && result == AttemptResult.Success)
        {
            Interlocked.Add(ref _latencyMicroseconds, (long)time.TotalMicroseconds);
        }
    }

    public CallCounts Take()
    {
        var counts = Interlocked.Exchange(ref _counts.Value, 0);
        var latency = Interlocked.Exchange(ref _latencyMicroseconds, 0);
        return new CallCounts((int)(uint)counts, (int)(counts >> 32), latency / 1000.0);
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Padded
    {
        [FieldOffset(64)]
        public long Value;
    }
}
