using System.Diagnostics;
using Muster.Bench.LoadDriver.Registry.Systems;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>What a full registry costs when it starts again.</summary>
internal sealed class RestartRows(Plan plan)
{
    private const int TtlSeconds = 600;
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<ComparedRow>> RestartsAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var etcd = await Contestant.EtcdAsync(cancellationToken);
        var name = $"{plan.Instances:#,0} instances";
        var memory = new ComparedRow($"restart with {name}: resident bytes per instance", Aim.AtMost(0.3));
        var time = new ComparedRow($"restart with {name}: until the first lookup is served, ms", Aim.AtMost(0.5));
        await muster.FillAsync(plan.Instances, TtlSeconds, cancellationToken);
        await etcd.FillAsync(plan.Instances, TtlSeconds, cancellationToken);
        await Alternation.RunAsync(
            plan.Rounds, warmUps: 0, () => RestartAsync(muster, cancellationToken), () => RestartAsync(etcd, cancellationToken), (m, o) =>
            {
                time.Add(m.Milliseconds, o.Milliseconds);
                memory.Add(m.ResidentBytes / plan.Instances, o.ResidentBytes / plan.Instances);
            });
        return [memory, time];
    }

    private async Task<(double Milliseconds, double ResidentBytes)> RestartAsync(Contestant side, CancellationToken cancellationToken)
    {
        await side.Server.StopAsync();
        var started = Stopwatch.GetTimestamp();
        await side.Server.StartAsync(cancellationToken);
        await side.LookUpAsync(service: 1, cancellationToken);
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var count = await side.CountAsync(cancellationToken);
        if (count != plan.Instances)
        {
            throw new InvalidOperationException($"{side.Dialect.Name} has {count} instances after its restart, not {plan.Instances}.");
        }

        // What the start itself needed for a moment is not what the instances need.
        await Task.Delay(s_settling, cancellationToken);
        return (took, side.Server.ResidentBytes);
    }
}
