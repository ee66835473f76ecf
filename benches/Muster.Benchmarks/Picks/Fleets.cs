using System.Collections.Immutable;
using System.Globalization;
using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Bench.Benchmarks.Picks;

/// <summary>Instances to pick from, as a running client knows them: each has a report and calls in flight, no two alike.</summary>
internal static class Fleets
{
    /// <summary>Policies whose pick looks at a fixed number of instances, however many there are.</summary>
    public static readonly string[] ConstantTime =
    [
        PolicyNames.PickFirst, PolicyNames.Random, PolicyNames.WeightedRandom, PolicyNames.RoundRobin, PolicyNames.WeightedRoundRobin,
        PolicyNames.LeastRequest, PolicyNames.PeakEwma,
    ];

    /// <summary>The others: they scan few instances whole, keep a pool of probes, or search by hash.</summary>
    public static readonly string[] Others =
        [PolicyNames.Adaptive, PolicyNames.LeastCpu, PolicyNames.Prequal, PolicyNames.RingHash, PolicyNames.Rendezvous];

    /// <summary>How often to pick for a figure: enough for the clock and for the compiler, and not for ever.</summary>
    public static int PicksOf(string policy, int many) => policy is PolicyNames.Rendezvous or PolicyNames.RingHash ? many / 40 : many;

    /// <summary>When the picks are made: 50 ms after the reports.</summary>
    public static readonly TimeSpan Now = TimeSpan.FromSeconds(100);

    public static IPicker CreatePicker(string policy, int instances, PickRandom random)
    {
        if (!BuiltInPolicies.TryCreate(policy, random, out var created))
        {
            throw new ArgumentException($"There is no policy '{policy}'.", nameof(policy));
        }

        var chance = new Random(instances);
        return created.CreatePicker([.. Enumerable.Range(0, instances).Select(i => Create(i, chance))]);
    }

    private static Candidate Create(int number, Random chance)
    {
        var statistics = new InstanceStatistics();
        for (var calls = chance.Next(4); calls > 0; calls--)
        {
            statistics.OnSent();
        }

        statistics.OnSent();
        statistics.OnEnded(AttemptResult.Success, Now - TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(1 + chance.Next(20)));
        statistics.OnReport(
            new LoadReport
            {
                CpuUtilization = 0.1 + (0.8 * chance.NextDouble()),
                ApplicationUtilization = 0.1 + (0.8 * chance.NextDouble()),
                Rps = 100 + chance.Next(100),
                Named = ImmutableSortedDictionary<string, double>.Empty.Add("rif", chance.Next(8)).Add("lat_ms", 1 + chance.Next(20)),
            },
            Now - TimeSpan.FromMilliseconds(50));
        return new Candidate(string.Create(CultureInfo.InvariantCulture, $"{number:00000}"), 1 + chance.Next(100), "", statistics);
    }
}
