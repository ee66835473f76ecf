using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Client.Balancing;

/// <summary>What this process knows of one instance from calling it: calls in flight, sends, how they went, the last load report.</summary>
/// <remarks>Thread-safe. Shared by all handlers of a client, and kept for as long as the instance is listed. A simulator
/// drives it in the same way as the handler does: <see cref="OnSent"/>, <see cref="OnEnded"/>, <see cref="OnReport"/>.</remarks>
public sealed class InstanceStatistics
{
    // The shortest call is forgotten in some thousand others.
    private const long ShortestStep = 1024;

    private readonly NewcomerRamp? _ramp;
    private Written _written = new();
    private ReportedLoad? _load;
    private long _badReports;

    /// <summary>Creates the statistics of an instance that is in full service, alone.</summary>
    public InstanceStatistics()
    {
    }

    /// <summary>Creates the statistics of an instance of a service.</summary>
    /// <param name="recent">Where its reports are known with those of the others.</param>
    /// <param name="ramp">How it comes to its full share; null if it has it.</param>
    internal InstanceStatistics(RecentReports recent, NewcomerRamp? ramp)
    {
        Recent = recent;
        _ramp = ramp;
    }

    /// <summary>Calls from here that have not ended.</summary>
    public int InFlight => (int)(uint)Volatile.Read(ref _written.Calls);

    /// <summary>Calls sent from here, ever. Wraps around; only differences mean something.</summary>
    public uint Sends => (uint)(Volatile.Read(ref _written.Calls) >> 32);

    /// <summary>The newest load report; null if there was none.</summary>
    public ReportedLoad? Load => Volatile.Read(ref _load);

    /// <summary>Reports that were dropped because they were none, or out of bounds.</summary>
    public long BadReports => Volatile.Read(ref _badReports);

    /// <summary>The share of the last some twenty attempts that failed or were turned away, 0 to 1; with the time that none ends it falls
    /// with a time constant of 10 s.</summary>
    public double ErrorShareAt(TimeSpan now) => _written.Latency.ErrorShareAt(now);

    /// <summary>How much dearer an instance is because it fails, or turns calls away: 1 up to a tenth of them, so that a failure here and
    /// there does not move traffic, then growing to 11. Without it an instance that does so fast looks like the idlest of all.</summary>
    // Short for all that never fail: every pick asks it of each candidate that it looks at, so this part is compiled into the pick.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double ErrorPenaltyAt(TimeSpan now) => _written.Latency.HasErrors ? PenaltyOfErrorsAt(now) : 1;

    /// <summary>The last reports of all instances of the service; null if it stands alone.</summary>
    internal RecentReports? Recent { get; }

    /// <summary>Until when it is a newcomer; null if it is none.</summary>
    internal TimeSpan? NewcomerUntil => _ramp?.Until;

    /// <summary>How it starts; null if it was there when this process started, or nobody starts slowly.</summary>
    internal NewcomerRamp? Ramp => _ramp;

    /// <summary>Whether it is one now.</summary>
    internal bool IsNewcomer(TimeSpan now) => _ramp is { } ramp && ramp.Until > now;

    /// <summary>Whether it is on probation and has more than the one call that it may have then, the one that is about to be sent
    /// counted in: of callers that found it idle in the same instant, all but one look on.</summary>
    internal bool IsOverProbation(TimeSpan now) => _ramp is not null && InFlight > 1 && _ramp.IsOnProbation(now);

    /// <summary>How long calls take, as a peak-sensitive moving average in milliseconds: a slower call counts at once, one that was given
    /// up with the time it had taken, faster ones bring it down with a time constant of 10 s. Null before the first.</summary>
    public double? PeakLatencyMilliseconds(TimeSpan now) => _written.Latency.At(now);

    /// <summary>When that average was written last; null before the first call.</summary>
    internal TimeSpan? LatencyAt => _written.Latency.WrittenAt;

    /// <summary>The share of traffic that an instance should get for its age: 1 in full service; for a newcomer from a tenth, growing
    /// in a straight line, more where most are newcomers, and nothing while its first call has not succeeded and another is on its way.</summary>
    public double ShareAt(TimeSpan now) => _ramp is null ? 1 : _ramp.ShareAt(now, InFlight);

    /// <summary>Counts a call that is sent now.</summary>
    // Sends live in the upper half and calls in flight in the lower, so that one atomic addition counts both. The lower half
    // cannot overflow into the upper one: 2^32 calls in flight do not fit into a machine.
    public void OnSent() => Interlocked.Add(ref _written.Calls, (1L << 32) + 1);

    /// <summary>Counts a call that has ended. Exactly once for each <see cref="OnSent"/>.</summary>
    /// <param name="result">How.</param>
    /// <param name="now">When.</param>
    /// <param name="latency">How long it took; null where that says nothing, as with streams, which take as long as they are wanted.</param>
    /// <returns>Calls that are still in flight.</returns>
    public int OnEnded(AttemptResult result, TimeSpan now, TimeSpan? latency)
    {
        var inFlight = OnWithdrawn();
        _written.Latency.OnEnded(result, now, latency);
        if (result == AttemptResult.Success)
        {
            _ramp?.OnSuccess();
        }

        return inFlight;
    }

    /// <summary>Counts a call as ended that was not sent after all.</summary>
    /// <returns>Calls that are still in flight.</returns>
    public int OnWithdrawn() => (int)(uint)Interlocked.Decrement(ref _written.Calls);

    /// <summary>Takes a load report that the instance has just sent, with a response or in answer to a probe.</summary>
    /// <param name="report">Held to its bounds here: one that is out of them is dropped and counted.</param>
    /// <param name="now">The time, on this process's monotonic clock.</param>
    /// <returns>Whether it is the newest now.</returns>
    public bool OnReport(LoadReport report, TimeSpan now)
    {
        var isNewest = OnCarriedReport(report, now);
        if (isNewest)
        {
            Recent?.Add(this);
        }

        return isNewest;
    }

    /// <summary>Takes a load report that came with the answer to a call, and looks whether it can be true.</summary>
    /// <param name="report">Held to its bounds here: one that is out of them is dropped and counted.</param>
    /// <param name="now">The time, on this process's monotonic clock.</param>
    /// <param name="sentAt">When the call was sent.</param>
    internal void OnAnswerReport(LoadReport report, TimeSpan now, TimeSpan sentAt)
    {
        var took = Math.Max(1, (now - sentAt).Ticks);
        var shortest = _written.Shortest;
        shortest = took < shortest ? took : shortest + ((took - shortest) / ShortestStep);
        _written.Shortest = shortest;
        if (OnReport(report, now) && Recent is { } recent && Load is { Requests: { } requests })
        {
            // Of calls whose answer has begun the instance may know no more. The others are on their way for as long as the shortest call
            // took at most, and at the instance for the rest of the time.
            var there = (InFlight - Volatile.Read(ref _written.Reading)) * (1 - ((double)shortest / took));

            // One more, for the call that brought it, which may count on either side.
            if (there > requests + 1)
            {
                recent.Trust.OnContradicted(now, recent.Count);
            }
        }
    }

    /// <summary>The answer to a call that was sent has begun, and its body goes on. Exactly one <see cref="OnRead"/> follows.</summary>
    internal void OnReading() => Interlocked.Increment(ref _written.Reading);

    /// <summary>Such a body has ended.</summary>
    internal void OnRead() => Interlocked.Decrement(ref _written.Reading);

    /// <summary>Whether load reports of the service are believed.</summary>
    internal bool AreReportsBelievedAt(TimeSpan now) => Recent?.Trust.IsGivenAt(now) != false;

    /// <summary>Takes a load report that came by way of the registry. It replaces the one before if it is newer; one of the same age is
    /// the same.</summary>
    /// <param name="report">Held to its bounds here: one that is out of them is dropped and counted.</param>
    /// <param name="at">When it was made, on this process's monotonic clock.</param>
    /// <returns>Whether it is the newest now.</returns>
    public bool OnCarriedReport(LoadReport report, TimeSpan at)
    {
        if (LoadReportValidator.Validate(report) is not null
            || report.Named.GetValueOrDefault(OrcaMapping.RequestsInFlight) > Limits.ReportedInFlightMax)
        {
            OnBadReport();
            return false;
        }

        var current = Volatile.Read(ref _load);
        ReportedLoad? mine = null;
        while (current is null || at > current.At)
        {
            mine ??= Read(report, at);

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

    // Apart, so that the short part is small enough to be compiled into a pick.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private double PenaltyOfErrorsAt(TimeSpan now) => ErrorShareAt(now) is var share && share <= 0.1 ? 1 : 1 + (10 * share);

    // Looked up once, here, and not by every pick that reads the report.
    private ReportedLoad Read(LoadReport report, TimeSpan at)
    {
        var calls = Volatile.Read(ref _written.Calls);

        // What is in flight from here includes streams, which the instance counts apart.
        double? requests = report.Named.TryGetValue(OrcaMapping.RequestsInFlight, out var all)
            ? all + report.Named.GetValueOrDefault(OrcaMapping.Streams)
            : null;
        return new ReportedLoad(report, at, (uint)(calls >> 32) - (uint)calls)
        {
            Requests = requests,
            OthersInFlight = requests is { } known ? Math.Max(0, known - (uint)calls) : null,
            LatencyMilliseconds = report.Named.TryGetValue(OrcaMapping.LatencyMilliseconds, out var latency) && latency > 0
                ? latency
                : null,
        };
    }

    // Every call writes here. Alone on its cache line (and the one that is fetched with it), so that neither the report nor a
    // neighbour's counter is pulled from the caches of the other processors by it. Together, because a pick reads all of it, and among
    // thousands of instances each line of memory that it reads takes longer than the pick.
    [StructLayout(LayoutKind.Explicit, Size = 304)]
    private struct Written
    {
        [FieldOffset(128)]
        public int Reading;

        [FieldOffset(136)]
        public long Shortest = long.MaxValue / 2;

        [FieldOffset(144)]
        public long Calls;

        // Last, or a field more in it would lie on top of what follows.
        [FieldOffset(152)]
        public OwnLatency Latency = new();

        public Written()
        {
        }
    }
}
