using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Testing;

namespace Muster.Client.Tests;

/// <summary>Provider and consumer against the real registry: what one announces the other sees.</summary>
public sealed class RealRegistryTests
{
    [Fact]
    public async Task Watch_InstanceComesChangesAndGoes_ShowsEachStep()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var provider = new MusterClient(new MusterClientOptions { Registry = registry.Address });
        await using var consumer = new MusterClient(new MusterClientOptions { Registry = registry.Address });
        var views = new Views(consumer.Directory.Watch(ServiceKey.Default("calculator")));
        var unknown = await views.FirstAsync(v => v.Knowledge != ServiceKnowledge.Pending);

        var registration = provider.Register(new RegistrationOptions
        {
            Service = "calculator",
            Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http2, 5001)],
            Load = () => new LoadReport { CpuUtilization = 0.25 },
        });
        var listed = await views.FirstAsync(v => v.Instances is [{ Status: InstanceStatus.Healthy }]);
        var loaded = await views.FirstAsync(v => v.Instances is [{ Soft.Load: not null }]);
        await registration.SetIntentAsync(Intent.Out, CancellationToken.None).InTime();
        var taken = await views.FirstAsync(v => v.Instances is [{ Status: InstanceStatus.Out }]);
        await registration.DisposeAsync();
        var gone = await views.FirstAsync(v => v.Instances.IsEmpty);

        Assert.Equal(ServiceKnowledge.Unknown, unknown.Knowledge);
        Assert.Equal("127.0.0.1:5001", listed.Instances[0].Record.Address);
        Assert.Equal(0.25, loaded.Instances[0].Soft.Load?.CpuUtilization);
        Assert.Equal(registration.InstanceId, taken.Instances[0].Id);
        Assert.Equal(ServiceKnowledge.Known, gone.Knowledge);
        Assert.Equal(RegistrationState.Deregistered, registration.State);
    }

    [Theory]
    [InlineData(null, "east")]
    [InlineData("", "")]
    [InlineData("west", "west")]
    public async Task Register_ZoneOfTheClient_IsTheInstancesUnlessItSaysAnother(string? own, string expected)
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var client = new MusterClient(new MusterClientOptions { Registry = registry.Address, Zone = "east" });
        var views = new Views(client.Directory.Watch(ServiceKey.Default("calculator")));
        await using var registration = client.Register(new RegistrationOptions
        {
            Service = "calculator",
            Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http2, 5001)],
            Zone = own,
        });
        var listed = await views.FirstAsync(v => !v.Instances.IsEmpty);
        Assert.Equal(expected, listed.Instances[0].Record.Zone);
    }
}
