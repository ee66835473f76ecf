namespace Muster.Samples.Demo.Processes;

/// <summary>Where the demo's programs are: built beside it.</summary>
internal static class ProgramFiles
{
    /// <summary>The registry's command.</summary>
    public static IEnumerable<string> Registry => Command("Muster.Cli", "muster-cli");

    /// <summary>A sample's command.</summary>
    public static IEnumerable<string> Sample(string project) => Command(project, $"muster-{project.ToLowerInvariant()}");

    // bin/Demo/release/ has bin/Worker/release/ beside it. The assembly is run as it is: with 'dotnet run' between, a
    // signal would meet the wrong process.
    private static IEnumerable<string> Command(string project, string assembly)
    {
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var file = Path.Combine(here, "..", "..", project, Path.GetFileName(here), $"{assembly}.dll");
        return File.Exists(file)
            ? [Host(), Path.GetFullPath(file)]
            : throw new DemoException($"{Path.GetFullPath(file)} is missing: build the repository first, or start the demo with ./muster demo.");
    }

    /// <summary>The runtime's host: the one that runs the demo itself, where it does, else the one on the path.</summary>
    public static string Host() => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
