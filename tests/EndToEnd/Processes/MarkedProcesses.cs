using System.Diagnostics;
using System.Globalization;

namespace Muster.EndToEnd.Processes;

/// <summary>Finds a program's descendants by a mark in the environment that they inherit, whoever their parent is by now.</summary>
internal static class MarkedProcesses
{
    /// <summary>The variable that carries the mark.</summary>
    public const string Variable = "MUSTER_TEST_RUN";

    /// <summary>The processes that run with this mark: their ids and command lines. Skips the test where /proc is missing.</summary>
    public static IReadOnlyList<(int Id, string Command)> Find(string mark)
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "Without /proc there is no telling who is whose descendant.");
        var found = new List<(int, string)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Read(folder, "environ").Contains($"{Variable}={mark}", StringComparison.Ordinal))
            {
                found.Add((id, Read(folder, "cmdline").Replace('\0', ' ')));
            }
        }

        return found;
    }

    /// <summary>Waits until a process that is not a child of this one has ended.</summary>
    public static async Task EndedAsync(int id)
    {
        using var tail = Process.Start("tail", ["-s", "0.05", $"--pid={id.ToString(CultureInfo.InvariantCulture)}", "-f", "/dev/null"]);
        try
        {
            await tail.WaitForExitAsync().WaitAsync(ChildProcess.WaitMax);
        }
        finally
        {
            if (!tail.HasExited)
            {
                tail.Kill();
            }
        }
    }

    private static string Read(string folder, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked, or is someone else's.
            return "";
        }
    }
}
