using System.Globalization;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Containers;

/// <summary>A program that runs in a container, and the process that it is on this host.</summary>
/// <remarks>The runner passes no signals on, so they go to the program itself, found by a mark in its environment.</remarks>
internal sealed class ContainerProgram : IAsyncDisposable
{
    private const string MarkName = "MUSTER_TEST_MARK";

    private readonly string _mark = $"{MarkName}={Guid.NewGuid():n}";
    private readonly ChildProcess _runner;

    private ContainerProgram(Func<KeyValuePair<string, string>, ChildProcess> start) =>
        _runner = start(new(MarkName, _mark[(MarkName.Length + 1)..]));

    /// <summary>Starts the image's program.</summary>
    public static ContainerProgram Start(
        Buildah buildah, string container, ImageSettings image, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments) =>
        new(mark => buildah.Start(container, environment.Append(mark).ToDictionary(), [.. image.Entrypoint, .. arguments]));

    public Task<string> WaitForLineAsync(string part) => _runner.WaitForLineAsync(part);

    public Task<int> ExitAsync() => _runner.ExitAsync();

    public string Transcript => _runner.Transcript;

    /// <summary>The user ids that the program runs with: real, effective, saved and file system's.</summary>
    public string UserIds()
    {
        var pid = Assert.Single(Find());
        var line = File.ReadLines($"/proc/{pid}/status").Single(l => l.StartsWith("Uid:", StringComparison.Ordinal));
        return string.Join(' ', line.Split('\t').Skip(1));
    }

    public void Signal(string signal)
    {
        foreach (var pid in Find())
        {
            using var kill = System.Diagnostics.Process.Start("kill", ["-s", signal, pid.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Signal("KILL");
        await _runner.DisposeAsync();
    }

    private List<int> Find()
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && HasMark(pid))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    private bool HasMark(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').Contains(_mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended while it was looked at.
            return false;
        }
    }
}
