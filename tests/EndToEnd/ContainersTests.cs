using System.Globalization;
using Muster.EndToEnd.Containers;

namespace Muster.EndToEnd;

/// <summary>The images of deploy/Dockerfile, built and run without an engine.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class ContainersTests(BuiltImages images) : IClassFixture<BuiltImages>
{
    // The unprivileged user of the base images.
    private const string User = "1654";

    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public async Task Images_EveryTarget_RunsWithoutRootAndShowsItsHelp()
    {
        var buildah = images.Require();
        foreach (var target in BuiltImages.Targets)
        {
            var image = await buildah.InspectAsync(target);
            Assert.Equal(User, image.User);

            await using var program = ContainerProgram.Start(
                buildah, await buildah.CreateAsync(target), image, NoEnvironment, "--help");
            Assert.True(await program.ExitAsync() == 0, program.Transcript);
            Assert.Contains("--help", program.Transcript, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RegistryAndWorker_InTheirImages_FindEachOtherAndLeaveCleanly()
    {
        var buildah = images.Require();
        var registryImage = await buildah.InspectAsync("registry");
        var workerImage = await buildah.InspectAsync("worker");
        var registryContainer = await buildah.CreateAsync("registry");

        await using var registry = ContainerProgram.Start(
            buildah, registryContainer, registryImage, NoEnvironment, "registry", "--port", "0", "--http-port", "0");
        var ready = await registry.WaitForLineAsync("registry: gRPC on ");
        var (grpcPort, httpPort) = (PortAfter(ready, "gRPC on localhost:"), PortAfter(ready, "HTTP on localhost:"));
        Assert.Equal($"{User} {User} {User} {User}", registry.UserIds());

        // The image's own health check, pointed at the port of this run.
        Assert.Equal(["CMD", .. registryImage.Entrypoint, "health"], registryImage.HealthCheck);
        await using var health = ContainerProgram.Start(
            buildah, registryContainer, registryImage, NoEnvironment, "health", "--url", $"http://localhost:{httpPort}/readyz");
        Assert.True(await health.ExitAsync() == 0, health.Transcript);

        await using var worker = ContainerProgram.Start(
            buildah, await buildah.CreateAsync("worker"), workerImage,
            new Dictionary<string, string> { ["REGISTRY_ADDR"] = $"localhost:{grpcPort}" });
        await worker.WaitForLineAsync("Registered sum");
        Assert.Equal($"{User} {User} {User} {User}", worker.UserIds());
        Assert.Contains("HEALTHY", await InstancesAsync(buildah, registryContainer, registryImage, grpcPort), StringComparison.Ordinal);

        worker.Signal("TERM");
        Assert.Equal(0, await worker.ExitAsync());
        Assert.DoesNotContain("HEALTHY", await InstancesAsync(buildah, registryContainer, registryImage, grpcPort), StringComparison.Ordinal);

        registry.Signal("TERM");
        Assert.Equal(0, await registry.ExitAsync());
    }

    [Fact]
    public async Task RegistryImage_WithoutArguments_OpensItselfToOtherContainers()
    {
        var image = await images.Require().InspectAsync("registry");

        Assert.Equal(["registry", "--listen-any"], image.Command);
    }

    private static async Task<string> InstancesAsync(Buildah buildah, string container, ImageSettings image, int port)
    {
        await using var list = ContainerProgram.Start(
            buildah, container, image, NoEnvironment, "instances", "sum", "--registry", $"localhost:{port}");
        Assert.True(await list.ExitAsync() == 0, list.Transcript);
        return list.Transcript;
    }

    private static int PortAfter(string line, string part) =>
        int.Parse(line.Split(part)[1].Split(',')[0], CultureInfo.InvariantCulture);
}
