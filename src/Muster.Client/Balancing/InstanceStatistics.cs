using System.Runtime.InteropServices;
using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>What this process knows of one instance from calling it: calls in flight, sends, the last load report.</summary>
/// <remarks>Thread-safe. Shared by all handlers of a client, and kept for as long as the instance is listed. A simulator
/// drives it in the same way as the handler does: <see cref="OnSent"/>, <see cref="OnEnded"/>, <see cref="OnReport"/>.</remarks>
public sealed class InstanceStatistics
{
    private PaddedCounter _calls;
    private ReportedLoad? _load;
    private long _badReports;

    /// <summary>Calls from here that have not ended.</summary>
    public int InFlight => (int)(uint)Volatile.Read(ref _calls.Value);

    /// <summary>Calls sent from here, ever. Wraps around; only differences mean something.</summary>
    public uint Sends => (uint)(Volatile.Read(ref _calls.Value) >> 32);

    /// <summary>The newest load report; null if there was none.</summary>
    public ReportedLoad? Load => Volatile.Read(ref _load);

    /// <summary>Reports that were dropped because they were none, or out of bounds.</summary>
    public long BadReports => Volatile.Read(ref _badReports);

    /// <summary>Counts a call that is sent now.</summary>
    // Sends live in the upper half and calls in flight in the lower, so that one atomic addition counts both. The lower half
    // cannot overflow into the upper one: 2^32 calls in flight do not fit into a machine.
    public void OnSent() => Interlocked.Add(ref _calls.Value, (1L << 32) + 1);

    /// <summary>Counts a call that has ended, however it did. Exactly once for each <see cref="OnSent"/>.</summary>
    /// <returns>Calls that are still in flight.</returns>
    public int OnEnded() => (int)(uint)Interlocked.Decrement(ref _calls.Value);

    /// <summary>Takes a load report. It replaces the one before if it is newer; one of the same age is the same.</summary>
    /// <param name="report">Held to its bounds here: one that is out of them is dropped and counted.</param>
    /// <param name="at">When it was made, on this process's monotonic clock.</param>
    /// <returns>Whether it is the newest now.</returns>
    public bool OnReport(LoadReport report, TimeSpan at)
    {
        if (LoadReportValidator.Validate(report) is not null)
        {
            OnBadReport();
            return false;
        }

        var current = Volatile.Read(ref _load);
        var calls = Volatile.Read(ref _calls.Value);
        ReportedLoad? mine = null;
        while (current is null || at > current.At)
        {
            mine ??= new ReportedLoad(report, at, (uint)(calls >> 32) - (uint)calls);

            // Two responses may bring reports at once; whoever loses looks again, so that the newer one stays.
            var seen = Interlocked.CompareExchange(ref _load, mine, current);
            if (ReferenceEquals(seen, current))
            {
                return true;
            }

            current = seen;
        }

        return false;
    }

    /// <summary>Counts a report that could not even be read.</summary>
    public void OnBadReport() => Interlocked.Increment(ref _badReports);

    /// <summary>Sends of this process that a report does not cover.</summary>
    public uint SendsSince(ReportedLoad load) => Sends - load.SendsCovered;

    // Every call writes here. Alone on its cache line (and the one that is fetched with it), so that neither the report nor a
    // neighbour's counter is pulled from the caches of the other processors by it.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct PaddedCounter
    {
        [FieldOffset(128)]
        public long Value;
    }
}
