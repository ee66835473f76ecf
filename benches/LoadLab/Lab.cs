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

    /// <summary>Runs all of them, or until it is interrupted; what is not finished then is left out of the report, which says so.</summary>
    public async Task<LabReport> RunAsync(TextWriter progress, CancellationToken interrupted)
    {
        var seeds = Enumerable.Range(0, scale.Seeds).Select(i => FirstSeed + (ulong)i).ToList();
        var points = (from scenario in scenarios from seed in seeds select (Scenario: scenario, Seed: seed)).ToList();
        var found = new Findings?[points.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = interrupted };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, points.Count), options, async (i, cancellationToken) =>
            {
                var (scenario, seed) = points[i];
                var watch = Stopwatch.StartNew();
                found[i] = await scenario.RunAsync(seed, scale, policies, cancellationToken);
                progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{scenario.Name}, seed {seed}: {watch.Elapsed.TotalSeconds:0.0} s"));
            });
        }
        catch (Exception e) when (interrupted.IsCancellationRequested)
        {
            // Whatever it is, nobody waits any more for what failed.
            Debug.WriteLine(e);
        }

        var finished = points.Zip(found).Where(p => p.Second is not null).ToLookup(p => p.First.Scenario, p => p.Second!);
        return new LabReport(scale, seeds, [.. scenarios.Where(finished.Contains).Select(s => PartOf(s, [.. finished[s]]))])
        {
            Unfinished = [.. points.Where((_, i) => found[i] is null).Select(p => $"{p.Scenario.Name}, seed {p.Seed}")],
        };
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
