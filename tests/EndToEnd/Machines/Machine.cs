using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Machines;

/// <summary>A network namespace that stands for one PC: its own interfaces, routes and loopback.</summary>
/// <param name="Namespace">Its name, unique on this host.</param>
/// <param name="Address">Its address on the cable to the other machine.</param>
internal sealed record Machine(string Namespace, string Address)
{
    /// <summary>Starts a program of this repository there.</summary>
    public ChildProcess Start(string project, string assembly, params IEnumerable<string> arguments) =>
        ChildProcess.Start("ip", ["netns", "exec", Namespace, "dotnet", Programs.PathOf(project, assembly), .. arguments]);

    /// <summary>Runs a program of this repository there to its end.</summary>
    /// <returns>Its standard output; a non-zero exit code fails the test.</returns>
    public async Task<string> RunAsync(string project, string assembly, params IEnumerable<string> arguments)
    {
        await using var program = Start(project, assembly, arguments);
        var code = await program.ExitAsync();
        Assert.True(code == 0, $"{assembly} {string.Join(' ', arguments)} ended with {code} on {Namespace}:\n{program.Transcript}");
        return string.Join('\n', program.StandardOutput);
    }
}
