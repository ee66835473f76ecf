using System.Diagnostics;
using System.Text.Json;

namespace Muster.Samples.Demo.Processes;

/// <summary>Finds the RESP server that the repository's tool manifest names, and restores it if it is not there yet.</summary>
internal static class GarnetFiles
{
    private const string Tool = "garnet-server";

    /// <summary>The command that starts it.</summary>
    /// <exception cref="DemoException">It cannot be had.</exception>
    public static async Task<IEnumerable<string>> CommandAsync(string port, CancellationToken cancellationToken)
    {
        var root = RepositoryRoot();
        var version = await VersionAsync(root, cancellationToken);
        var assembly = Find(version);
        if (assembly is null)
        {
            await RestoreAsync(root, cancellationToken);
            assembly = Find(version)
                ?? throw new DemoException($"{Tool} {version} was restored but is not in {PackagesFolder()}. Give the demo a Redis server with --redis or REDIS_ADDR.");
        }

        // Its assembly is run as it is: with 'dotnet tool run' between, a signal would meet the wrong process. Small on
        // purpose: by itself it takes room for a server's worth of keys.
        return [ProgramFiles.Host(), assembly, "--bind", "127.0.0.1", "--port", port, "--memory", "64m", "--index", "8m"];
    }

    private static string? Find(string version)
    {
        var tools = Path.Combine(PackagesFolder(), Tool, version, "tools");
        return Directory.Exists(tools)
            ? Directory.EnumerateFiles(tools, "GarnetServer.dll", SearchOption.AllDirectories)
                .OrderBy(file => file.Contains("net10.0", StringComparison.Ordinal) ? 0 : 1).FirstOrDefault()
            : null;
    }

    private static string PackagesFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task<string> VersionAsync(string root, CancellationToken cancellationToken)
    {
        await using var manifest = File.OpenRead(Path.Combine(root, ".config", "dotnet-tools.json"));
        using var json = await JsonDocument.ParseAsync(manifest, cancellationToken: cancellationToken);
        return json.RootElement.GetProperty("tools").GetProperty(Tool).GetProperty("version").GetString()!;
    }

    private static async Task RestoreAsync(string root, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(ProgramFiles.Host()) { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("tool");
        start.ArgumentList.Add("restore");
        using var restore = Process.Start(start) ?? throw new DemoException("'dotnet tool restore' did not start.");
        try
        {
            var said = await Task.WhenAll(
                restore.StandardOutput.ReadToEndAsync(cancellationToken), restore.StandardError.ReadToEndAsync(cancellationToken));
            await restore.WaitForExitAsync(cancellationToken);
            if (restore.ExitCode != 0)
            {
                throw new DemoException($"'dotnet tool restore' failed; give the demo a Redis server with --redis or REDIS_ADDR instead.\n{string.Concat(said)}");
            }
        }
        finally
        {
            if (!restore.HasExited)
            {
                restore.Kill(entireProcessTree: true);
            }
        }
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, ".config", "dotnet-tools.json")))
            {
                return folder.FullName;
            }
        }

        throw new DemoException($"No folder above {AppContext.BaseDirectory} holds .config/dotnet-tools.json, which names {Tool}. Give the demo a Redis server with --redis or REDIS_ADDR.");
    }
}
