using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>The registry is gone, and callers start.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task RegistryKilled_CallersThatStartThenGoByWhatWasKeptAndAfterItByTheRegistry()
    {
        using var data = new TemporaryDirectory();
        using var cache = new TemporaryDirectory();
        await using var system = await TestSystem.StartAsync(data.Path);
        await system.StartAsync("Calculator", "calculator-1");
        Assert.Equal("5", await AddAsync(system, cache));

        system.RegistryProcess.Signal("KILL");
        await system.RegistryProcess.ExitAsync();
        Assert.Equal("5", await AddAsync(system, cache));
        var unaware = await CallAsync(system, "off");
        Assert.NotEqual(0, unaware.ExitCode);
        Assert.Contains("has not answered", unaware.Transcript, StringComparison.Ordinal);

        await system.RestartRegistryAsync();
        await system.ViewAsync("calculator", v => v.Instances.Any(i => i.Status == Core.Model.InstanceStatus.Healthy));
        await system.StartAsync("Calculator", "calculator-2");
        var spread = await CallAsync(system, cache.Path, "--count", "20", "--policy", "round_robin", "--verbose");

        Assert.Equal(0, spread.ExitCode);
        Assert.Contains("calculator-2: 10 calls", spread.Transcript, StringComparison.Ordinal);
    }

    private static async Task<string> AddAsync(TestSystem system, TemporaryDirectory cache)
    {
        var call = await CallAsync(system, cache.Path);
        Assert.True(call.ExitCode == 0, call.Transcript);
        return call.Output;
    }

    private static async Task<CallResult> CallAsync(TestSystem system, string cache, params string[] more)
    {
        await using var call = ChildProcess.Start(
            "dotnet",
            [Programs.PathOf("Shell", "muster-shell"), "call", "calculator", "add", "2", "3", "--registry", system.Registry, .. more],
            new Dictionary<string, string> { ["MUSTER_CACHE_DIR"] = cache });
        var exitCode = await call.ExitAsync();
        return new CallResult(exitCode, string.Join('\n', call.StandardOutput), call.Transcript);
    }
}
