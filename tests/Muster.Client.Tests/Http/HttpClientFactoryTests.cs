using Microsoft.Extensions.DependencyInjection;
using Muster.Client.Balancing;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>The handler as applications have it: from the factory, which replaces its handlers.</summary>
public sealed class HttpClientFactoryTests
{
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
        var handlers = provider.GetRequiredService<IHttpMessageHandlerFactory>();
        var before = handlers.CreateHandler("calculator");
        var answers = new List<string> { await factory.CreateClient("calculator").GetStringAsync("/") };

        // The shortest lifetime that the factory allows is a second of real time.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (ReferenceEquals(handlers.CreateHandler("calculator"), before))
        {
            await Task.Delay(20, limit.Token);
        }

        for (var i = 0; i < 3; i++)
        {
            answers.Add(await factory.CreateClient("calculator").GetStringAsync("/"));
        }

        Assert.Equal([answers[0], answers[1], answers[0], answers[1]], answers);
        Assert.Equal(2, answers.Distinct().Count());
        Assert.Equal((1, 1), (a.ConnectionsMade, b.ConnectionsMade));
    }

    private static ServiceProvider Application(string registry, Func<BalancingOptions, BalancingOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddMuster(o => o with { Registry = registry, CacheDirectory = null });
        services.AddHttpClient("calculator", client => client.BaseAddress = new Uri("http://calculator"))
            .AddMusterLoadBalancing(o => configure(o) with { WarmUp = false })
            .SetHandlerLifetime(TimeSpan.FromSeconds(1));
        return services.BuildServiceProvider();
    }

    private static InstanceRegistration Announce(MusterClient client, Backend backend) => client.Register(new RegistrationOptions
    {
        Service = "calculator",
        InstanceId = backend.Id,
        Endpoints = [new Endpoint("default", "http", EndpointProtocol.Http1, backend.Port)],
    });
}
