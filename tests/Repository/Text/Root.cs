using System.Collections.Immutable;
using System.Diagnostics;

namespace Muster.Repository.Text;

/// <summary>The repository that these tests were built from, read once.</summary>
public static class Root
{
    private static readonly string[] UntrackedFolders =
        [".git", "artifacts", ".muster", "bin", "obj", "node_modules", ".vs", ".idea", ".vscode", "__pycache__"];

    private static readonly Lazy<ImmutableArray<string>> LazyPaths = new(FindPaths);
    private static readonly Lazy<ImmutableArray<TextFile>> LazyFiles = new(() => [.. Paths.Where(IsText).Select(Read)]);

    /// <summary>The absolute path of the root.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>Every tracked path, and every new one that nothing ignores: a file is judged before it is committed.</summary>
    public static ImmutableArray<string> Paths => LazyPaths.Value;

    /// <summary>Every text file among <see cref="Paths"/>.</summary>
    public static ImmutableArray<TextFile> Files => LazyFiles.Value;

    public static string Absolute(string path) => System.IO.Path.Combine(Folder, path);

    public static TextFile File(string path) =>
        Files.FirstOrDefault(file => file.Path == path) ?? throw new InvalidOperationException($"The repository has no text file {path}.");

    public static bool HasFileOrFolder(string path) =>
        path.Length == 0 || Paths.Contains(path) || Paths.Any(p => p.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "Muster.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Muster.slnx above {AppContext.BaseDirectory}: run the tests from a build inside the repository.");
    }

    private static ImmutableArray<string> FindPaths()
    {
        var paths = AskGit() ?? WalkFolders();
        return [.. paths.Where(path => System.IO.File.Exists(Absolute(path))).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Null where git is missing or will not speak of this checkout (an archive, or another owner's).</summary>
    private static string[]? AskGit()
    {
        try
        {
            var start = new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static IEnumerable<string> WalkFolders() =>
        Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(Folder, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(UntrackedFolders.Contains));

    /// <summary>By content: a NUL byte is in no text that the repository holds.</summary>
    private static bool IsText(string path)
    {
        using var stream = System.IO.File.OpenRead(Absolute(path));
        Span<byte> head = stackalloc byte[4096];
        return !head[..stream.Read(head)].Contains((byte)0);
    }

    private static TextFile Read(string path) => TextFile.Made(path, System.IO.File.ReadAllText(Absolute(path)).Replace("\r", "", StringComparison.Ordinal));
}
