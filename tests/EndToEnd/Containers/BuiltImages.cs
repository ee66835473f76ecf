using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Containers;

/// <summary>Every target of deploy/Dockerfile, built once for all tests.</summary>
public sealed class BuiltImages : IAsyncLifetime
{
    public static readonly string[] Targets = ["registry", "worker", "calculator", "echo", "rest", "client"];

    private readonly string _folder = Path.Combine(Programs.Root, "artifacts", "container-images");
    private string? _missing;
    private Buildah? _buildah;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _missing = Missing();
        if (_missing is not null)
        {
            return;
        }

        await RemoveAsync();
        Directory.CreateDirectory(Path.Combine(_folder, "tmp"));
        _buildah = new Buildah(_folder);
        await _buildah.MakeBaseImagesAsync();
        foreach (var target in Targets)
        {
            await _buildah.BuildAsync(target);
        }
    }

    /// <summary>The builder; skips the test where there is none.</summary>
    internal Buildah Require()
    {
        Assert.SkipWhen(_missing is not null, _missing ?? "");
        return _buildah!;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_missing is null)
        {
            await RemoveAsync();
        }
    }

    private static string? Missing()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "Images are built with chroot isolation, which needs root.";
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Any(folder => File.Exists(Path.Combine(folder, "buildah")))
            ? null
            : "There is no buildah (Debian: apt-get install buildah).";
    }

    /// <summary>Never across a mount: a build that was killed may have left a folder of the host mounted inside.</summary>
    private async Task RemoveAsync()
    {
        await using var remove = ChildProcess.Start("rm", ["-rf", "--one-file-system", _folder]);
        Assert.True(await remove.ExitAsync() == 0, remove.Transcript);
    }
}
