using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Muster.Core.Model;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>Something that cannot send heartbeats, registered from the command line and checked by a real registry.</summary>
public sealed class CheckTests
{
    private const string Id = "legacy-db-127.0.0.1-";

    [Fact]
    public async Task Register_TargetDiesComesBackAndRegistryRestarts_IsListedAndCheckedThroughout()
    {
        using var data = new TemporaryDirectory();
        await using var system = await TestSystem.StartAsync(data.Path);
        var target = Listen(0);
        var port = ((IPEndPoint)target.LocalEndpoint).Port;

        var register = await system.CommandAsync(
            "register", "--service", "legacy-db", "--address", $"127.0.0.1:{port}", "--check", "tcp", "--interval", "1", "--fall", "2",
            "--weight", "3", "--zone", "east", "--metadata", "kind=postgres");

        Assert.True(register.ExitCode == 0, register.Transcript);
        Assert.Contains($"{Id}{port} of service legacy-db is registered at 127.0.0.1:{port}; the registry checks it: tcp every 1.0 s.", register.Output, StringComparison.Ordinal);
        Assert.Contains($"Take it off again: ./muster remove {Id}{port}", register.Output, StringComparison.Ordinal);
        var healthy = await HasStatusAsync(system, InstanceStatus.Healthy);
        Assert.Equal((3, "east", "postgres"), (healthy.Weight, healthy.Zone, healthy.Metadata["kind"]));

        target.Stop();
        await HasStatusAsync(system, InstanceStatus.Unhealthy);
        var why = await system.CommandAsync("why", $"{Id}{port}");
        Assert.Contains("is listed, and is UNHEALTHY.", why.Output, StringComparison.Ordinal);
        Assert.Contains("No heartbeats are expected of it: the registry checks it, tcp every 1.0 s.", why.Output, StringComparison.Ordinal);
        Assert.Contains("ago: Connection refused; ", why.Output, StringComparison.Ordinal);

        target = Listen(port);
        await HasStatusAsync(system, InstanceStatus.Healthy);

        await system.RestartRegistryAsync();
        await HasStatusAsync(system, InstanceStatus.Healthy);
        target.Stop();
        await HasStatusAsync(system, InstanceStatus.Unhealthy);
        using var json = JsonDocument.Parse((await system.CommandAsync("instances", "legacy-db", "--json")).Output);
        Assert.Equal("tcp", json.RootElement[0].GetProperty("check").GetProperty("kind").GetString());
        Assert.Equal("Connection refused", json.RootElement[0].GetProperty("checkState").GetProperty("detail").GetString());

        var remove = await system.CommandAsync("remove", $"{Id}{port}");
        Assert.Contains("It is no longer checked, and comes back when it is registered again.", remove.Output, StringComparison.Ordinal);
        Assert.Equal("[]", (await system.CommandAsync("instances", "legacy-db", "--json")).Output);
    }

    [Theory]
    [InlineData("--address is 'db': a port is needed, as in 10.0.0.5:5432.", "--address", "db", "--check", "tcp")]
    [InlineData("--check is 'udp': tcp, http, http://host:port/path, https://host:port/path, grpc or grpc:package.Service is needed.", "--address", "db:1", "--check", "udp")]
    [InlineData("--check is 'http://other:1/': the registry checks nothing but the instance's own host, db.", "--address", "db:1", "--check", "http://other:1/")]
    [InlineData("--interval is 0: seconds, more than 0, are needed.", "--address", "db:1", "--check", "tcp", "--interval", "0")]
    [InlineData("--status is for an HTTP check.", "--address", "db:1", "--check", "tcp", "--status", "200")]
    [InlineData("check.interval_ms is 500: 1000 to 600000 are allowed.", "--address", "db:1", "--check", "tcp", "--interval", "0.5")]
    public async Task Register_AskedWrongly_SaysWhatIsNeeded(string message, params string[] arguments)
    {
        await using var system = await TestSystem.StartAsync();

        var register = await system.CommandAsync(["register", "--service", "db", .. arguments]);

        Assert.Equal((2, message), (register.ExitCode, register.Transcript));
    }

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        // Nobody takes the connections: the system does, as far as its queue reaches, and that is all a TCP check asks.
        listener.Start(1000);
        return listener;
    }

    private static async Task<InstanceRecord> HasStatusAsync(TestSystem system, InstanceStatus status) =>
        (await system.ViewAsync("legacy-db", v => v.Instances is [{ } one] && one.Status == status)).Instances[0].Record;
}
