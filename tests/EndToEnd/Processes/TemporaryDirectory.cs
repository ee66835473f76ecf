namespace Muster.EndToEnd.Processes;

/// <summary>A directory of a test's own. Dispose deletes it with all that is in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("muster-end-to-end-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
