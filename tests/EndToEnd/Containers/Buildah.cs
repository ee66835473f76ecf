using System.Text.Json;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd.Containers;

/// <summary>Builds and runs images without an engine: buildah with chroot isolation, and a storage folder of its own.</summary>
/// <remarks>Chroot isolation shares the host's network and process list, so a program in a container is an ordinary child.</remarks>
internal sealed class Buildah(string folder)
{
    // A build compiles every program, on a machine that may be busy with other tests.
    private static readonly TimeSpan BuildMax = TimeSpan.FromMinutes(10);

    private readonly string[] _storage =
        ["--root", Path.Combine(folder, "root"), "--runroot", Path.Combine(folder, "run"), "--storage-driver", "vfs"];

    /// <summary>Makes the stand-ins for the base images.</summary>
    public Task MakeBaseImagesAsync() => RunToEndAsync(
        Path.Combine(Programs.Root, "tests", "EndToEnd", "Containers", "base-images.sh"), [Path.Combine(folder, "base"), .. _storage]);

    /// <summary>Builds one target of deploy/Dockerfile, as <c>docker build</c> would.</summary>
    public Task BuildAsync(string target) => RunToEndAsync("buildah",
    [
        .. _storage, "build", "--isolation", "chroot", "--pull-never", "--layers", "--format", "docker",
        "--volume", $"{PackageFolder()}:/packages:ro", "--target", target, "--tag", Name(target),
        "--file", Path.Combine(Programs.Root, "deploy", "Dockerfile"), Programs.Root,
    ]);

    /// <summary>What the image says of itself.</summary>
    public async Task<ImageSettings> InspectAsync(string target)
    {
        var output = await RunToEndAsync("buildah", [.. _storage, "inspect", "--type", "image", Name(target)]);
        using var json = JsonDocument.Parse(output);
        return ImageSettings.Read(json.RootElement.GetProperty("Docker").GetProperty("config"));
    }

    /// <summary>Makes a container of an image.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> CreateAsync(string target) =>
        (await RunToEndAsync("buildah", [.. _storage, "from", "--pull-never", Name(target)])).Trim();

    /// <summary>Starts a command in a container, as its user and in its folder.</summary>
    public ChildProcess Start(string container, IReadOnlyDictionary<string, string> environment, IEnumerable<string> command) =>
        ChildProcess.Start("buildah",
        [
            .. _storage, "run", "--isolation", "chroot", .. environment.SelectMany(e => new[] { "--env", $"{e.Key}={e.Value}" }),
            container, "--", .. command,
        ], Environment());

    private static string Name(string target) => $"muster-{target}";

    private static string PackageFolder() => System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Build caches belong into the folder too, so that nothing stays behind.</summary>
    private Dictionary<string, string> Environment() => new() { ["TMPDIR"] = Path.Combine(folder, "tmp") };

    private async Task<string> RunToEndAsync(string file, IEnumerable<string> arguments)
    {
        await using var program = ChildProcess.Start(file, arguments, Environment());
        var code = await program.ExitAsync(BuildMax);
        Assert.True(code == 0, $"{Path.GetFileName(file)} ended with {code}:\n{program.Transcript}");
        return string.Join('\n', program.StandardOutput);
    }
}
