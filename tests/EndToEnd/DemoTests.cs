using System.Text.Json;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>The demo as a newcomer runs it.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class DemoTests
{
    [Fact]
    public async Task Demo_WorkerKilledMidway_LosesNoCallNoIncrementAndNoProcess()
    {
        var mark = Guid.NewGuid().ToString("n");
        var report = Path.Combine(Path.GetTempPath(), $"muster-demo-{mark}.json");
        await using var demo = ChildProcess.Start(
            Path.Combine(Programs.Root, "muster"), ["demo", "--duration", "10", "--report", report], Environment(mark));
        try
        {
            var exitCode = await demo.ExitAsync(TimeSpan.FromMinutes(2));

            Assert.True(exitCode == 0, demo.Transcript);
            AssertGood(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken));
            Assert.Empty(MarkedProcesses.Find(mark));
        }
        finally
        {
            File.Delete(report);
        }
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task Demo_EndedBySignal_LeavesNoProcess(string signal)
    {
        var mark = Guid.NewGuid().ToString("n");
        await using var demo = ChildProcess.Start("dotnet", [Programs.PathOf("Demo", "muster-demo")], Environment(mark));
        await demo.WaitForLineAsync(" calls, ");
        var before = MarkedProcesses.Find(mark);

        demo.Signal(signal);
        await demo.ExitAsync();
        await Task.WhenAll(before.Select(process => MarkedProcesses.EndedAsync(process.Id)));

        // Demo, guard, registry, seven samples; Redis too unless the machine offers one.
        Assert.InRange(before.Count, 10, 12);
        Assert.Empty(MarkedProcesses.Find(mark));
    }

    [Fact]
    public async Task Demo_RedisIsNotWhereItIsSaidToBe_SaysSoAndLeavesNoProcess()
    {
        var mark = Guid.NewGuid().ToString("n");
        var address = FormattableString.Invariant($"127.0.0.1:{FreePort.Next()}");
        await using var demo = ChildProcess.Start(
            "dotnet", [Programs.PathOf("Demo", "muster-demo"), "--redis", address], Environment(mark));

        Assert.Equal(1, await demo.ExitAsync());
        Assert.Contains($"Redis at {address} does not answer", demo.Transcript, StringComparison.Ordinal);
        Assert.Empty(MarkedProcesses.Find(mark));
    }

    private static void AssertGood(string text)
    {
        using var json = JsonDocument.Parse(text);
        var report = json.RootElement;
        var acknowledged = report.GetProperty("acknowledged_increments").GetInt64();
        var calls = report.GetProperty("calls").GetInt64();
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.InRange(calls, 500, long.MaxValue);
        Assert.InRange(acknowledged, 100, long.MaxValue);
        Assert.Equal(acknowledged, report.GetProperty("counter").GetInt64());
        Assert.InRange(report.GetProperty("retries").GetInt64(), 0, calls / 5);
        Assert.InRange(report.GetProperty("hedges").GetInt64(), 0, calls / 10);
        // Three of three would be luck; none, a shadow that is not asked.
        Assert.InRange(report.GetProperty("shadow_agreement").GetDouble(), 0.2, 0.9);
        Assert.StartsWith("worker-", report.GetProperty("killed_process").GetString(), StringComparison.Ordinal);
        // Long before its lease ends, 10 s after its last heartbeat.
        Assert.InRange(report.GetProperty("milliseconds_until_last_call_to_killed").GetDouble(), 0, 3000);
        Assert.Equal(
            ["calculator", "echo", "increment", "sum"],
            report.GetProperty("per_service").EnumerateObject().Select(service => service.Name));
        Assert.All(
            report.GetProperty("per_service").EnumerateObject(),
            service => Assert.True(service.Value.GetProperty("p99").GetDouble() >= service.Value.GetProperty("p50").GetDouble()));
        Assert.Equal(calls, report.GetProperty("per_service").EnumerateObject().Sum(s => s.Value.GetProperty("calls").GetInt64()));
        Assert.Equal(calls, report.GetProperty("per_instance_calls").EnumerateObject().Sum(i => i.Value.GetInt64()));
    }

    private static Dictionary<string, string> Environment(string mark) => new()
    {
        [MarkedProcesses.Variable] = mark,
        ["MUSTER_CONFIGURATION"] = Programs.BuildConfiguration,
        // The programs are built with this assembly.
        ["MUSTER_NO_BUILD"] = "1",
    };
}
