using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Reports;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab;

/// <summary>Runs scenarios × seeds, several at a time, and puts the figures together.</summary>
/// <remarks>What runs at the same time shares nothing, so the figures do not depend on it.</remarks>
internal sealed class Lab(Scale scale, IReadOnlyList<Scenario> scenarios, IReadOnlyList<string> policies, int parallel)
{
    private const ulong FirstSeed = 1;

    public LabReport Run(TextWriter progress)
    {
        var seeds = Enumerable.Range(0, scale.Seeds).Select(i => FirstSeed + (ulong)i).ToList();
        var points = (from scenario in Enumerable.Range(0, scenarios.Count) from seed in seeds select (scenario, seed)).ToList();
        var found = new Findings[points.Count];

        // One at a time, not in ranges: the last ones must not wait for each other while a processor has nothing to do.
        var next = Partitioner.Create(Enumerable.Range(0, points.Count), EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(next, new ParallelOptions { MaxDegreeOfParallelism = parallel }, i =>
        {
            var (scenario, seed) = (scenarios[points[i].scenario], points[i].seed);
            var watch = Stopwatch.StartNew();
            found[i] = scenario.Run(seed, scale, policies);
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{scenario.Name}, seed {seed}: {watch.Elapsed.TotalSeconds:0.0} s"));
        });

        return new LabReport(scale, seeds, [.. scenarios.Select((s, i) =>
            PartOf(s, [.. points.Zip(found).Where(p => p.First.scenario == i).Select(p => p.Second)]))]);
    }

    // Figures of all seeds; curves of the first, because the middle of several would show what never happened.
    private static LabPart PartOf(Scenario scenario, List<Findings> bySeed) =>
        new(scenario, RowsOf(scenario, bySeed.SelectMany(f => f.Figures)), bySeed[0].Curves);

    private static List<LabRow> RowsOf(Scenario scenario, IEnumerable<Measured> measured) =>
    [
        .. from m in measured
           group m.Value by (m.Figure, m.Policy) into same
           select new LabRow(scenario.Name, same.Key.Figure, same.Key.Policy, Spread.Of([.. same]),
               scenario.AimOf(same.Key.Figure, same.Key.Policy)),
    ];
}
