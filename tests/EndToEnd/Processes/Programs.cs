namespace Muster.EndToEnd.Processes;

/// <summary>Where the programs under test are: built beside this assembly, in the same configuration.</summary>
internal static class Programs
{
    /// <summary>The repository's root.</summary>
    public static readonly string Root = FindRoot();

    private static readonly string Configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>The configuration's name as the build knows it.</summary>
    public static string BuildConfiguration => Configuration == "release" ? "Release" : "Debug";

    /// <summary>Starts a program of this repository.</summary>
    /// <param name="project">The project's name.</param>
    /// <param name="assembly">The assembly's name.</param>
    /// <param name="arguments">The command line.</param>
    public static ChildProcess Start(string project, string assembly, params IEnumerable<string> arguments) =>
        ChildProcess.Start("dotnet", [PathOf(project, assembly), .. arguments]);

    /// <summary>The program's assembly.</summary>
    public static string PathOf(string project, string assembly) =>
        Path.Combine(Root, "artifacts", "bin", project, Configuration, $"{assembly}.dll");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Muster.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Muster.slnx.");
    }
}
