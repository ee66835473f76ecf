namespace Muster.Registry.Store;

/// <summary>A passing file in a data directory, on its way out as a backup or in from one. Dispose deletes it.</summary>
/// <remarks>It lies in the data directory and not among the system's temporary files, because it holds lease ids, which prove
/// ownership.</remarks>
internal sealed class CopyFile(string directory) : IDisposable
{
    private const string FileName = "copy.tmp";

    public string Path { get; } = System.IO.Path.Combine(directory, FileName);

    /// <summary>Deletes what a process that was killed left behind.</summary>
    public static void DeleteLeftovers(string directory)
    {
        using var leftover = new CopyFile(directory);
    }

    public void Dispose()
    {
        File.Delete(Path);
        File.Delete(Path + "-journal");
        File.Delete(Path + "-wal");
        File.Delete(Path + "-shm");
    }
}
