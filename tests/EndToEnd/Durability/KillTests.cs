using System.Diagnostics;
using System.Globalization;
using Muster.EndToEnd.Processes;
using Muster.Grpc;

namespace Muster.EndToEnd.Durability;

/// <summary>A registry that is killed at random points under load, and started again on the same directory.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class KillTests(ITestOutputHelper output)
{
    private const string SeedVariable = "MUSTER_TEST_SEED";

    // What SIGKILL leaves as exit code.
    private const int Killed = 128 + 9;

    private static readonly int s_rounds = Environment.GetEnvironmentVariable("MUSTER_TEST_FULL") == "1" ? 150 : 12;

    [Fact]
    public async Task Kill_AtRandomPointsUnderLoad_KeepsWhatWasAcknowledgedAndInventsNothing()
    {
        var seed = Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        var started = Stopwatch.GetTimestamp();

        // Two directories side by side: one loads while the other starts.
        var ledgers = await Task.WhenAll(RunAsync(seed, 0), RunAsync(seed, 1));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{SeedVariable}={seed}: {2 * s_rounds} kills, {ledgers.Sum(l => l.Acknowledgements)} acknowledgements over {ledgers.Sum(l => l.Count)} instances, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
        Assert.All(ledgers, l => Assert.True(l.Acknowledgements > s_rounds, "The load never got anywhere, so the kills prove nothing."));
    }

    private static async Task<Ledger> RunAsync(int seed, int set)
    {
        using var data = new TemporaryDirectory();
        var ledger = new Ledger();
        var simple = Enumerable.Range(1, 6).Select(i => new UnaryLoad(ledger, i)).ToList();
        var sessions = Enumerable.Range(1, 3).Select(i => new SessionLoad(ledger, i)).ToList();
        for (var round = 0; round <= s_rounds; round++)
        {
            await using var system = await TestSystem.StartAsync(data.Path);
            using var handler = new SocketsHttpHandler { UseProxy = false };
            using var invoker = new HttpMessageInvoker(handler);
            var client = new GrpcClient(invoker, new Uri($"http://{system.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
            var problems = await ledger.CheckAsync(client);
            Assert.True(problems.Count == 0, string.Create(CultureInfo.InvariantCulture,
                $"{SeedVariable}={seed}, directory {set}, after kill {round}: {problems.Count} broken promises\n{string.Join('\n', problems.Take(20))}"));
            if (round < s_rounds)
            {
                var random = new Random(unchecked((seed * 31 + set) * 1009 + round));
                // Before the first answer now and then; a cold process takes its time for that.
                var early = random.Next(6) == 0;
                var moment = early ? Task.Delay(random.Next(200)) : ledger.ReachAsync(1 + random.Next(500));
                var load = simple.Select(l => l.RunAsync(client, new Random(random.Next())))
                    .Concat(sessions.Select(l => l.RunAsync(client, new Random(random.Next())))).ToList();
                await KillAsync(system, load, moment, Math.Max(0, random.Next(-10, 10)));
            }
        }

        return ledger;
    }

    private static async Task KillAsync(TestSystem system, List<Task> load, Task moment, int milliseconds)
    {
        var ended = await Task.WhenAny(load.Append(moment)).WaitAsync(ChildProcess.WaitMax);
        Assert.True(ended == moment, ended.Exception?.InnerException?.ToString() ?? $"A client ended before the kill:\n{system.RegistryProcess.Transcript}");
        // At the very moment that something was acknowledged, or out of step with that.
        if (milliseconds > 0)
        {
            await Task.Delay(milliseconds);
        }

        system.RegistryProcess.Kill();
        Assert.Equal(Killed, await system.RegistryProcess.ExitAsync());
        await Task.WhenAll(load).WaitAsync(ChildProcess.WaitMax);
    }
}
