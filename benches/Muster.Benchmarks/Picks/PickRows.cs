using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Muster.Bench.LoadDriver.Reports;
using Perfolizer.Horology;

namespace Muster.Bench.Benchmarks.Picks;

/// <summary>Runs the picks under BenchmarkDotNet and makes rows of what it says.</summary>
/// <remarks>It measures the time that passes, so its nanoseconds are those of a pick on a machine that does nothing else. The aim is held to
/// the CPU time of <see cref="SizeRows"/>.</remarks>
internal static class PickRows
{

    public static IEnumerable<ComparedRow> Measure(bool isQuick)
    {
        // In this process: the child that it would build otherwise knows nothing of this repository's central versions.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(isQuick ? 2 : 5)
            .WithIterationCount(isQuick ? 5 : 15)
            .WithIterationTime(TimeInterval.FromMilliseconds(isQuick ? 50 : 100));
        var config = new ManualConfig { ArtifactsPath = "artifacts/benchmarks" }
            .AddJob(job)
            .AddColumnProvider(DefaultConfig.Instance.GetColumnProviders().ToArray())
            .AddLogger(new StreamLogger("artifacts/benchmarks.log"))
            .WithOptions(ConfigOptions.DisableLogFile);
        var summary = BenchmarkRunner.Run<PickBenchmarks>(config);
        var figures = summary.Reports.ToDictionary(r => (Value<string>(r, "Policy"), Value<int>(r, "Instances")));
        if (figures.Count == 0 || figures.Values.Any(r => r.ResultStatistics is null))
        {
            throw new InvalidOperationException("A pick could not be measured; artifacts/benchmarks.log says why.");
        }

        return [.. PickBenchmarks.Policies.SelectMany(p => Rows(figures, p))];
    }

    private static IEnumerable<ComparedRow> Rows(Dictionary<(string, int), BenchmarkReport> figures, string policy)
    {
        foreach (var instances in new[] { 10, 1000, 10_000 })
        {
            var figure = figures[(policy, instances)];
            var nanos = new ComparedRow(
                string.Create(CultureInfo.InvariantCulture, $"pick, {policy}, {instances} instances: ns"),
                null);
            foreach (var nanosecond in figure.ResultStatistics!.OriginalValues)
            {
                nanos.Add(nanosecond);
            }

            yield return nanos;
            var bytes = new ComparedRow(
                string.Create(CultureInfo.InvariantCulture, $"pick, {policy}, {instances} instances: bytes"), Aim.AtMost(0));
            bytes.Add(figure.GcStats.GetBytesAllocatedPerOperation(figure.BenchmarkCase) ?? 0);
            yield return bytes;
        }
    }

    private static T Value<T>(BenchmarkReport report, string parameter) => (T)report.BenchmarkCase.Parameters[parameter];
}
