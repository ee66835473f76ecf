using System.Globalization;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Durability;

/// <summary>A file system of a test's own that can be filled, and made read-only. Dispose takes it away.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryDirectory _mountPoint;

    private SmallDisk(TemporaryDirectory mountPoint) => _mountPoint = mountPoint;

    public string Path => _mountPoint.Path;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Mounts one; skips the test where that is not allowed.</summary>
    public static async Task<SmallDisk> MountAsync(int kibibytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "Mounting a small disk needs root on Linux.");
        var mountPoint = new TemporaryDirectory();
        var error = await TryRunAsync(
            "mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={kibibytes}k"), "muster-test", mountPoint.Path);
        if (error is not null)
        {
            mountPoint.Dispose();
            Assert.Skip($"A small disk cannot be mounted here: {error}");
        }

        return new SmallDisk(mountPoint);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var bytes = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(bytes);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives it back.</summary>
    public void MakeRoom() => File.Delete(Filler);

    public async Task MakeReadOnlyAsync()
    {
        var error = await TryRunAsync("mount", "-o", "remount,ro", Path);
        Assert.True(error is null, error);
    }

    public async ValueTask DisposeAsync()
    {
        await TryRunAsync("umount", Path);
        _mountPoint.Dispose();
    }

    private static async Task<string?> TryRunAsync(string program, params string[] arguments)
    {
        await using var process = ChildProcess.Start(program, arguments);
        return await process.ExitAsync() == 0 ? null : process.Transcript;
    }
}
