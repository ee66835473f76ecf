using System.Diagnostics;

namespace Muster.Bench.LoadDriver.Reports;

/// <summary>What is measured.</summary>
internal static class Commit
{
    /// <summary>The commit that is checked out; with a plus if files were changed since.</summary>
    public static string OfSource()
    {
        try
        {
            var commit = Git("rev-parse", "--short=12", "HEAD").Trim();
            return Git("status", "--porcelain", "--untracked-files=no").Length == 0 ? commit : commit + "+";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return output;
    }
}
