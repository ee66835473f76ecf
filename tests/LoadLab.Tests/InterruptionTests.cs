using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Tests;

public sealed class InterruptionTests : IDisposable
{
    private static readonly Scale s_tiny = new(Requests: 1_000, WarmUp: TimeSpan.FromSeconds(1), Seeds: 2);

    private readonly FileInfo _report = new(Path.GetTempFileName());

    public void Dispose() => _report.Delete();

    [Fact]
    public async Task Run_Interrupted_ReportsWhatIsFinishedAndNamesTheRest()
    {
        using var interruption = new CancellationTokenSource();
        Scenario[] scenarios = [new Finished("first"), new Endless(interruption.Cancel), new Finished("last")];

        var made = await new Lab(s_tiny, scenarios, [Policies.Default], parallel: 1).RunAsync(TextWriter.Null, interruption.Token);

        Assert.Equal("first", Assert.Single(made.Parts).Scenario.Name);
        Assert.Equal(["endless, seed 1", "endless, seed 2", "last, seed 1", "last, seed 2"], made.Unfinished);
        Assert.Contains("INTERRUPTED: 4 runs are missing", made.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ToTheEnd_NamesNothing()
    {
        var made = await new Lab(s_tiny, [new Finished("first")], [Policies.Default], parallel: 1).RunAsync(TextWriter.Null, CancellationToken.None);

        Assert.Empty(made.Unfinished);
        Assert.DoesNotContain("INTERRUPTED", made.Caption, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Program_Signal_WritesTheReportAndSaysWhichSignal(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are of Unix.");
        // More runs than anybody waits for.
        using var lab = Start("balancing", "--only", "all-failing", "--seeds", "100000", "--requests", "10000", "--report", _report.FullName);
        var shown = lab.StandardOutput.ReadToEndAsync();
        Assert.StartsWith("all-failing, seed", await lab.StandardError.ReadLineAsync(), StringComparison.Ordinal);

        Signal(lab, signal);
        var said = await lab.StandardError.ReadToEndAsync();
        await lab.WaitForExitAsync();

        Assert.Equal(exitCode, lab.ExitCode);
        Assert.Contains($"runs are missing. {_report.Name} holds what was finished", said, StringComparison.Ordinal);
        Assert.Contains("`adaptive`", await shown, StringComparison.Ordinal);
        var report = JsonNode.Parse(await File.ReadAllTextAsync(_report.FullName))!;
        Assert.NotEmpty(report["rows"]!.AsArray());
        Assert.NotEmpty(report["unfinished"]!.AsArray());
    }

    private static Process Start(params IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "muster-lab.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private sealed class Finished(string name) : Scenario
    {
        public override string Name => name;

        public override string Title => name;

        public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
        {
            var findings = new Findings();
            findings.Add(FigureNames.P99, policies[0], 1);
            return findings;
        }
    }

    // Is interrupted once it is under way, and takes no notice.
    private sealed class Endless(Action interrupt) : Scenario
    {
        private static readonly ManualResetEventSlim s_never = new();

        public override string Name => "endless";

        public override string Title => Name;

        public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
        {
            interrupt();
            s_never.Wait();
            return new Findings();
        }
    }
}
