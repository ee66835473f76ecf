using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Protocol;
using Muster.Registry.Store;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>Random requests to everything that the registry serves: only intended answers come, nothing is logged as an error, and
/// the records stay consistent.</summary>
public sealed class FuzzTests : IDisposable
{
    private const string SeedVariable = "MUSTER_TEST_SEED";
    private static readonly int s_factor = Environment.GetEnvironmentVariable("MUSTER_TEST_FULL") == "1" ? 50 : 1;

    private static readonly Gen<int[]> s_steps = Gen.Choose(0, int.MaxValue - 1).ArrayOf(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("muster-fuzz-").FullName;
    private readonly Coverage _coverage = new();
    private int _runs;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public Task AnyRequests_InMemory_AreAnsweredAsIntendedAndTheRecordsStayConsistent() => ForAllAsync(60 * s_factor, async steps =>
    {
        await using var registry = await FuzzedRegistry.StartAsync(null);
        await RunAsync(registry, steps);
    });

    [Fact]
    public Task AnyRequests_OnDisk_LeaveWhatARestartLoads() => ForAllAsync(10 * s_factor, async steps =>
    {
        var directory = Path.Combine(_directory, $"{++_runs}");
        Core.Catalog.CatalogSnapshot before;
        await using (var registry = await FuzzedRegistry.StartAsync(directory))
        {
            await RunAsync(registry, steps);
            // A call that was left may commit until there is nobody to commit it.
            await registry.StopAsync();
            before = await registry.Part<ICatalogStore>().LoadAsync(CancellationToken.None);
        }

        await using var store = SqliteStore.Open(directory, "x", NullLogger.Instance, TimeProvider.System);
        Invariants.CheckSame(before, await store.LoadAsync(CancellationToken.None));
    });

    // A method or a route that is new, and that random requests never get right, shows here. The seeds are always the same.
    [Fact]
    public async Task AnyRequests_SoonerOrLater_ReachEveryMethodAndEveryRoute()
    {
        IReadOnlyList<string> missing = ["everything"];
        for (var round = 0; round < 300 && missing.Count > 0; round++)
        {
            await using var registry = await FuzzedRegistry.StartAsync(null);
            var random = new Random(round);
            await RunAsync(registry, [.. Enumerable.Range(0, 60).Select(_ => random.Next())]);
            var routes = await new JsonFuzz(registry, _coverage).ReadRoutesAsync();
            // Those two need a data directory; in memory they are refused.
            missing = _coverage.Missing(
                RegistryMethods.Service.Methods.Select(m => m.Name).Except(["Backup", "Restore"])
                    .Concat(routes.Select(r => $"{r.Verb} {r.Path}")));
        }

        Assert.Empty(missing);
    }

    private async Task RunAsync(FuzzedRegistry registry, int[] steps)
    {
        var run = new FuzzRun(registry, _coverage);
        foreach (var step in steps)
        {
            await run.StepAsync(step);
        }

        await run.EndAsync();
        await Invariants.CheckAsync(registry);
    }

    /// <remarks>A failure names its seed: <c>MUSTER_TEST_SEED=seed,gamma,size</c> runs that case again.</remarks>
    private static Task ForAllAsync(int cases, Func<int[], Task> holds)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true);
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } seed)
        {
            var numbers = seed.Trim('(', ')').Split(',').Select(ulong.Parse).ToArray();
            config = config.WithReplay(numbers[0], numbers[1], (int)numbers[2]).WithMaxTest(1);
        }

        var property = Prop.ForAll(Arb.From(s_steps, Fewer), steps => holds(steps).GetAwaiter().GetResult());
        return Task.Run(() => property.Check(config));
    }

    private static IEnumerable<int[]> Fewer(int[] steps)
    {
        for (var part = steps.Length / 2; part > 0; part /= 2)
        {
            for (var from = 0; from < steps.Length; from += part)
            {
                yield return [.. steps[..from], .. steps[Math.Min(from + part, steps.Length)..]];
            }
        }
    }
}
