using System.Diagnostics;
using Muster.Bench.LoadDriver.Registry.Load;
using Muster.Bench.LoadDriver.Registry.Systems;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>How long a change takes until the last watcher has it.</summary>
internal sealed class WatchRows(Plan plan)
{
    private const int Connections = 100;
    private const int WatchedService = 0;

    /// <summary>From the call that changes an instance to the last of so many watchers of its service.</summary>
    public async Task<IReadOnlyList<ComparedRow>> ChangesAsync(int watchers, CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        var p50 = new ComparedRow($"change to the last of {watchers:#,0} watchers on {Connections} connections, p50, ms", Aim.AtMost(0.5));
        var p99 = new ComparedRow($"change to the last of {watchers:#,0} watchers on {Connections} connections, p99, ms", Aim.AtMost(0.5));
        var (musterChange, etcdChange) = (muster.Dialect.NewChange(WatchedService), etcd.Dialect.NewChange(WatchedService));
        await Alternation.RunAsync(
            plan.Rounds, warmUps: 1,
            () => MeasureAsync(muster, musterChange, watchers, cancellationToken),
            () => MeasureAsync(etcd, etcdChange, watchers, cancellationToken),
            (m, o) =>
            {
                p50.Add(m.At(0.5), o.At(0.5));
                p99.Add(m.At(0.99), o.At(0.99));
            });
        return [p50, p99];
    }

    private async Task<Percentiles> MeasureAsync(
        Contestant side, IExchange change, int watchers, CancellationToken cancellationToken)
    {
        // The instance is there before anybody watches, so that each change is one of it and not its service's first.
        await using var changer = await Fleet.ConnectAsync(side.Server.EndPoint, 1, cancellationToken);
        await changer.CallAsync(1, () => change, Work.Of(1, _ => plan.Changes));
        await using var crowd = await WatchCrowd.GatherAsync(
            side, WatchedService, watchers, Math.Min(Connections, watchers), cancellationToken);
        var times = new List<double>();
        for (var i = 0; i < plan.Changes; i++)
        {
            var seen = crowd.NextChange();
            var started = Stopwatch.GetTimestamp();
            var done = changer.CallAsync(1, () => change, Work.Of(1, _ => i));
            await seen.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
            times.Add(crowd.LastSeenAfter(started).TotalMilliseconds);
            await done;
        }

        return new Percentiles(times);
    }
}
