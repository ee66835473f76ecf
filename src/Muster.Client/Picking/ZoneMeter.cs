using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>Reads how busy this process's zone and the others are.</summary>
/// <remarks>Not thread-safe. Holds one entry per instance that it read the last time.</remarks>
internal sealed class ZoneMeter
{
    /// <summary>A report that is older says nothing of now. Few calls go abroad, so theirs are not young.</summary>
    private static readonly TimeSpan ReportAgeMax = TimeSpan.FromSeconds(30);

    /// <summary>What is kept of the calls before, each second: some three seconds count.</summary>
    private const double Kept = 0.7;

    /// <summary>Calls from which their mean says something.</summary>
    private const double CallsMin = 5;

    private Dictionary<Member, CallCounts> _before = [];
    private Times _local;
    private Times _remote;

    /// <summary>Reads both.</summary>
    /// <param name="targets">Everybody who may be picked.</param>
    /// <param name="zone">This process's zone.</param>
    /// <param name="now">The time.</param>
    public (ZoneLoad Local, ZoneLoad Remote) Read(IReadOnlyCollection<Target> targets, string zone, TimeSpan now)
    {
        var (local, remote) = (default(Mean), default(Mean));
        var totals = new Dictionary<Member, CallCounts>(targets.Count);
        _local.Age();
        _remote.Age();
        foreach (var member in targets.Select(t => t.Member))
        {
            var isLocal = member.Candidate.Zone == zone;
            if (member.Statistics.Load is { } load && now - load.At <= ReportAgeMax
                && (load.Report.ApplicationUtilization ?? load.Report.CpuUtilization) is { } utilization)
            {
                (isLocal ? ref local : ref remote).Add(utilization);
            }

            var total = member.Window.Totals;
            totals[member] = total;
            if (_before.TryGetValue(member, out var before))
            {
                (isLocal ? ref _local : ref _remote).Add(before, total);
            }
        }

        _before = totals;
        return (new ZoneLoad(local.Value, _local.Value), new ZoneLoad(remote.Value, _remote.Value));
    }

    private struct Mean
    {
        private double _sum;
        private int _count;

        public readonly double? Value => _count == 0 ? null : _sum / _count;

        public void Add(double value)
        {
            _sum += value;
            _count++;
        }
    }

    private struct Times
    {
        private double _milliseconds;
        private double _calls;

        public readonly double? Value => _calls < CallsMin ? null : _milliseconds / _calls;

        public void Age()
        {
            _milliseconds *= Kept;
            _calls *= Kept;
        }

        public void Add(CallCounts before, CallCounts after)
        {
            var times = after.Answered - before.Answered;
            _milliseconds += times.Milliseconds;
            _calls += times.Count;
        }
    }
}
