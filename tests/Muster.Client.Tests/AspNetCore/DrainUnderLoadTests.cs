using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

[Trait("pitfall", "drain")]
public sealed class DrainUnderLoadTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Stop_UnderLoad_FailsNoCall(HttpProtocols protocols)
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var caller = new MusterClient(new MusterClientOptions { Registry = registry.Address });
        await using var stays = await AppFixture.StartAsync(registry.Address, Map, protocols);
        var leaves = await AppFixture.StartAsync(registry.Address, Map, protocols);
        var watch = caller.Directory.Watch(ServiceKey.Default("calculator"));
        await new Views(watch).FirstAsync(v => v.Instances.Count(i => i.Status == InstanceStatus.Healthy) == 2);

        using var load = new Load(watch, callers: 8, protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        await load.CallsAsync(500);
        await leaves.StopAsync();
        await leaves.DisposeAsync();
        await load.CallsAsync(500);
        var failures = await load.StopAsync();

        Assert.Empty(failures);
        Assert.Single(watch.Current.Instances);
    }

    private static void Map(WebApplication app) => app.MapGet("/", async (HttpContext context) =>
    {
        // Many small flushes make a call long enough that some are always running, whenever the signal comes.
        for (var part = 0; part < 20; part++)
        {
            await context.Response.WriteAsync(".");
            await context.Response.Body.FlushAsync();
        }
    });
}
