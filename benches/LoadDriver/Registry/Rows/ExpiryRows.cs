using System.Diagnostics;
using Muster.Bench.LoadDriver.Registry.Load;
using Muster.Bench.LoadDriver.Registry.Systems;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>What happens when all leases end at once. The mass-expiry guard is off here: it exists to prevent just that.</summary>
internal sealed class ExpiryRows(Plan plan)
{
    private const int TtlSeconds = 30;
    private const int LongTtlSeconds = 600;
    private const int RenewingConnections = 64;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<ComparedRow>> ExpiriesAsync(CancellationToken cancellationToken)
    {
        var what = $"{plan.Instances:#,0} leases end at once (guard off)";
        var gone = new ComparedRow($"{what}: from the last one's TTL until all are gone, ms", Aim.AtMost(0.05));
        var muster = new ComparedRow($"{what}: lookup p99 meanwhile beside idle, ms", Aim.AtMost(2)) { Other = "idle" };
        var etcd = new ComparedRow($"{what}: the same of etcd", null) { Side = "etcd", Other = "idle" };
        await Alternation.RunAsync(
            plan.Rounds, warmUps: 0,
            async () => await MeasureAsync(await Contestant.MusterAsync(cancellationToken, isGuarded: false), cancellationToken),
            async () => await MeasureAsync(await Contestant.EtcdAsync(cancellationToken), cancellationToken),
            (m, o) =>
            {
                gone.Add(m.Milliseconds, o.Milliseconds);
                muster.Add(m.Busy, m.Idle);
                etcd.Add(o.Busy, o.Idle);
            });
        return [gone, muster, etcd];
    }

    private async Task<(double Milliseconds, double Busy, double Idle)> MeasureAsync(Contestant side, CancellationToken cancellationToken)
    {
        await using var owned = side;
        await using var fleet = await Fleet.ConnectAsync(side.Server.EndPoint, RenewingConnections, cancellationToken);
        await using var foreground = await Fleet.ConnectAsync(side.Server.EndPoint, 1, cancellationToken);
        // One that stays, to be looked up.
        await foreground.CallAsync(1, () => side.Dialect.NewRegistration(LongTtlSeconds), Work.Of(1, _ => plan.Instances));
        var leases = await side.FillAsync(plan.Instances, TtlSeconds, cancellationToken);
        await fleet.CallAsync(1, side.Dialect.NewRenewal, Work.Of(leases.Length, n => leases[n])).WaitAsync(cancellationToken);
        var end = Stopwatch.GetTimestamp() + (TtlSeconds * Stopwatch.Frequency);
        await DelayUntilAsync(end - (long)(s_idle.TotalSeconds * Stopwatch.Frequency), cancellationToken);
        var idle = await ForegroundAsync(foreground, side, () => Task.FromResult(Stopwatch.GetTimestamp() >= end), cancellationToken);
        var busy = await ForegroundAsync(
            foreground, side, async () => await side.CountAsync(cancellationToken) <= 1, cancellationToken);
        return (Stopwatch.GetElapsedTime(end).TotalMilliseconds, busy.At(0.99), idle.At(0.99));
    }

    /// <summary>Looks a service up 200 times a second until something is so.</summary>
    private async Task<Percentiles> ForegroundAsync(
        Fleet foreground, Contestant side, Func<Task<bool>> isOver, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        var lookup = side.Dialect.NewLookup();
        var service = plan.Instances % Record.Services;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var over = isOver();
        while (!over.IsCompleted || !await over)
        {
            over = over.IsCompleted ? isOver() : over;
            var started = Stopwatch.GetTimestamp();
            await foreground.CallAsync(1, () => lookup, Work.Of(1, _ => service)).WaitAsync(cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return new Percentiles(times);
    }

    private static Task DelayUntilAsync(long timestamp, CancellationToken cancellationToken)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp);
        return left > TimeSpan.Zero ? Task.Delay(left, cancellationToken) : Task.CompletedTask;
    }
}
