using System.Globalization;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Python;

/// <summary>A registry and one instance of each gRPC sample, as processes, for all scenarios together: each scenario uses
/// service names of its own.</summary>
public sealed class PythonPeers : IAsyncLifetime
{
    private readonly List<ChildProcess> _programs = [];

    private string Registry { get; set; } = "";

    private Lazy<Task> Samples { get; set; } = null!;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        if (!PythonInterpreter.IsThere)
        {
            return;
        }

        var registry = Start("Muster.Cli", "muster-cli", "registry", "--port", "0", "--http-port", "0");
        var line = await registry.WaitForLineAsync("registry: gRPC on ");
        var port = int.Parse(line.Split("gRPC on localhost:")[1].Split(',')[0], CultureInfo.InvariantCulture);
        Registry = string.Create(CultureInfo.InvariantCulture, $"localhost:{port}");
        Samples = new Lazy<Task>(StartSamplesAsync);
    }

    /// <summary>Runs a scenario against the registry; fails with what it said.</summary>
    public async Task RegistryHoldsAsync(string scenario) => await HoldsAsync(PythonInterpreter.Require(), $"registry.{scenario}");

    /// <summary>Runs a scenario against the samples; fails with what it said.</summary>
    public async Task SamplesHoldAsync(string scenario)
    {
        var python = PythonInterpreter.Require();
        await Samples.Value;
        await HoldsAsync(python, $"samples.{scenario}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Backwards: the registry outlives those that deregister from it.
        foreach (var program in Enumerable.Reverse(_programs))
        {
            program.Signal("TERM");
            await program.DisposeAsync();
        }
    }

    private async Task HoldsAsync(string interpreter, string scenario)
    {
        await using var python = ChildProcess.Start(
            interpreter,
            [
                Path.Combine(Programs.Root, "tests", "EndToEnd", "Python", "run.py"),
                Path.Combine(AppContext.BaseDirectory, "muster.protoset"), Registry, scenario,
            ],
            new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" });
        var code = await python.ExitAsync();
        Assert.True(code == 0, $"{scenario} does not hold:\n{python.Transcript}\n\nThe registry said last:\n{End(_programs[0].Transcript)}");
    }

    // Scenarios with many callers make many lines, and only the last can tell what went wrong.
    private static string End(string transcript) => string.Join('\n', transcript.Split('\n').TakeLast(30));

    private async Task StartSamplesAsync()
    {
        var worker = Start("Worker", "muster-worker", "--registry", Registry);
        var calculator = Start("Calculator", "muster-calculator", "--registry", Registry);
        var echo = Start("Echo", "muster-echo", "--registry", Registry);
        await worker.WaitForLineAsync("Registered sum");
        await calculator.WaitForLineAsync("Registered calculator");
        await echo.WaitForLineAsync("Registered echo");
    }

    private ChildProcess Start(string project, string assembly, params IEnumerable<string> arguments)
    {
        var program = Programs.Start(project, assembly, arguments);
        _programs.Add(program);
        return program;
    }
}
