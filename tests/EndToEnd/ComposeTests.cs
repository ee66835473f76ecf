using System.Text.Json;
using System.Text.RegularExpressions;
using Muster.EndToEnd.Containers;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>deploy/compose.yaml held against the Dockerfile and the documentation, where no engine can try it.</summary>
public sealed partial class ComposeTests
{
    [Fact]
    public async Task Builds_EveryService_NameATargetOfTheDockerfile()
    {
        var targets = Target().Matches(await ReadAsync("deploy", "Dockerfile")).Select(m => m.Groups[1].Value).ToList();
        foreach (var (name, service) in await ComposeFile.ReadServicesAsync())
        {
            if (service.TryGetProperty("build", out var build))
            {
                Assert.True(File.Exists(Path.Combine(Programs.Root, "deploy", build.GetProperty("context").GetString()!, build.GetProperty("dockerfile").GetString()!)), name);
                Assert.Contains(build.GetProperty("target").GetString(), targets);
            }
        }
    }

    [Fact]
    public async Task Environment_EveryName_IsDocumented()
    {
        var page = await ReadAsync("docs", "reference", "configuration.md");
        foreach (var (_, service) in await ComposeFile.ReadServicesAsync())
        {
            foreach (var variable in Properties(service, "environment"))
            {
                Assert.Contains($"`{variable.Name}`", page, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Ports_OnlyTheRegistry_PublishesThoseOfItsImage()
    {
        var exposed = Expose().Match(await ReadAsync("deploy", "Dockerfile")).Groups[1].Value.Split(' ');
        foreach (var (name, service) in await ComposeFile.ReadServicesAsync())
        {
            var published = Items(service, "ports").Select(port => port.GetString()!).ToList();
            Assert.Equal(name == "registry" ? exposed.Select(port => $"{port}:{port}") : [], published);
        }
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("calculator")]
    [InlineData("echo")]
    public async Task Provider_Scaled_MeetsNothingFixed(string name)
    {
        var service = (await ComposeFile.ReadServicesAsync())[name];

        Assert.False(service.TryGetProperty("container_name", out _), "a name is for one container only");
        Assert.False(service.TryGetProperty("network_mode", out _), "containers that share a network share its ports");
        var environment = Properties(service, "environment").ToDictionary(v => v.Name, v => v.Value.GetString());
        Assert.DoesNotContain("MY_ADDR", environment.Keys);
        Assert.Equal("registry:5000", environment["REGISTRY_ADDR"]);
        // The health check asks the port that the program was told.
        var check = string.Join(' ', Items(service.GetProperty("healthcheck"), "test").Select(part => part.GetString()));
        Assert.EndsWith($"/127.0.0.1/{environment["PORT"]}", check, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dependencies_EveryOne_CanBecomeHealthy()
    {
        var services = await ComposeFile.ReadServicesAsync();
        foreach (var (name, service) in services)
        {
            foreach (var dependency in Properties(service, "depends_on"))
            {
                Assert.Equal("service_healthy", dependency.Value.GetProperty("condition").GetString());
                Assert.True(services[dependency.Name].TryGetProperty("healthcheck", out _), $"{name} waits for {dependency.Name}, which nothing checks");
            }
        }
    }

    [Fact]
    public async Task Client_OnATerminal_IsStartedByHand()
    {
        var client = (await ComposeFile.ReadServicesAsync())["client"];

        Assert.True(client.GetProperty("stdin_open").GetBoolean());
        Assert.True(client.GetProperty("tty").GetBoolean());
        Assert.Equal(["client"], Items(client, "profiles").Select(profile => profile.GetString()));
    }

    private static Task<string> ReadAsync(params string[] path) =>
        File.ReadAllTextAsync(Path.Combine([Programs.Root, .. path]), TestContext.Current.CancellationToken);

    private static List<JsonProperty> Properties(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? [.. value.EnumerateObject()] : [];

    private static List<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? [.. value.EnumerateArray()] : [];

    [GeneratedRegex(@"^FROM \S+ AS (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex(@"^EXPOSE (.+)$", RegexOptions.Multiline)]
    private static partial Regex Expose();
}
