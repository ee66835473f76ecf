using Microsoft.Extensions.DependencyInjection;
using Muster.Client.Balancing;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>The handler as applications have it: from the factory, which replaces its handlers.</summary>
public sealed class HttpClientFactoryTests
{
    // Two names have two handlers of the same making, as one name has when its handler's time is over, which takes real minutes.
    [Fact]
    public async Task AddMusterLoadBalancing_FactoryReplacesItsHandler_TurnsAndConnectionsGoOn()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var provider = Application(registry.Address, o => o with { Policy = PolicyNames.RoundRobin });
        var client = provider.GetRequiredService<MusterClient>();
        await using var first = Announce(client, a);
        await using var second = Announce(client, b);
        await new Views(client.Directory.Watch(ServiceKey.Default("calculator"))).FirstAsync(v => v.Instances.Length == 2);

        var factory = provider.GetRequiredService<IHttpClientFactory>();
        var answers = new List<string> { await factory.CreateClient("before").GetStringAsync("/") };
        for (var i = 0; i < 3; i++)
        {
            answers.Add(await factory.CreateClient("after").GetStringAsync("/"));
        }

        Assert.Equal([answers[0], answers[1], answers[0], answers[1]], answers);
        Assert.Equal(2, answers.Distinct().Count());
        Assert.Equal((1, 1), (a.ConnectionsMade, b.ConnectionsMade));
    }

    private static ServiceProvider Application(string registry, Func<BalancingOptions, BalancingOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddMuster(o => o with { Registry = registry, CacheDirectory = null });
        foreach (var name in new[] { "before", "after" })
        {
            services.AddHttpClient(name, client => client.BaseAddress = new Uri("http://calculator"))
                .AddMusterLoadBalancing(o => configure(o) with { WarmUp = false });
        }

        return services.BuildServiceProvider();
    }

    private static InstanceRegistration Announce(MusterClient client, Backend backend) => client.Register(new RegistrationOptions
    {
        Service = "calculator",
        InstanceId = backend.Id,
        Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http1, backend.Port)],
    });
}
