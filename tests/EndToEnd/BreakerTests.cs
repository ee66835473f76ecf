using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Muster.Client.Http;
using Muster.Client;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.EndToEnd.Faults;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>A caller whose calls fail, from its breaker by way of the registry to the operator's eyes.</summary>
public sealed class BreakerTests
{
    [Fact]
    public async Task Instance_FailsEveryCall_TheOperatorSeesWhoSendsItNoneAndWhyUntilItIsWell()
    {
        await using var system = await TestSystem.StartAsync();
        await using var shop = await Shop.StartAsync(system);
        await using var till = new MusterClient(new MusterClientOptions { Registry = system.Registry, ClientName = "till" });
        using var http = new HttpClient(new MusterHandler(till)) { BaseAddress = new Uri("http://shop") };
        await TestSystem.SeesAsync(till, "shop", 1);
        for (var i = 0; i < 5; i++)
        {
            // A POST is not sent again.
            using var response = await http.PostAsync("/", null);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        }

        JsonElement calls = default;
        await ProcessGauge.UntilAsync(
            async () => (calls = await CallsAsync(system)).GetArrayLength() == 1, () => $"/v1/calls shows {calls}");
        var breakers = await system.CommandAsync("breakers", "shop");
        var json = await system.CommandAsync("breakers", "--json");

        Assert.Matches(
            @"^shop +shop-1 +OPEN +\d+\.\d s +(in \d+\.\d s|due) +too many calls in a row failed +till at 127\.0\.0\.1:\d+",
            breakers.Output.Split('\n')[1].Trim());
        var tripped = AssertNames(calls[0], "instanceId", calls[0]);
        Assert.Equal("BREAKER_STATE_OPEN", tripped.GetProperty("state").GetString());
        using var document = JsonDocument.Parse(json.Output);
        tripped = AssertNames(document.RootElement[0], "instance", document.RootElement[0].GetProperty("calls"));
        Assert.Equal(("OPEN", 5), (tripped.GetProperty("state").GetString(), tripped.GetProperty("failures").GetInt32()));

        shop.IsWell = true;
        await ProcessGauge.UntilAsync(
            async () =>
            {
                using var response = await http.PostAsync("/", null);
                return response.IsSuccessStatusCode && (calls = await CallsAsync(system)).GetArrayLength() == 0;
            },
            () => $"/v1/calls still shows {calls}");
        Assert.Contains("No caller", (await system.CommandAsync("breakers", "shop")).Output, StringComparison.Ordinal);
    }

    private static JsonElement AssertNames(JsonElement instance, string idName, JsonElement calls)
    {
        Assert.Equal(("shop", "shop-1"), (instance.GetProperty("service").GetString(), instance.GetProperty(idName).GetString()));
        var tripped = Assert.Single(calls.GetProperty("tripped").EnumerateArray());
        Assert.Equal("too many calls in a row failed", tripped.GetProperty("reason").GetString());
        Assert.StartsWith("till at 127.0.0.1:", tripped.GetProperty("caller").GetString(), StringComparison.Ordinal);
        return tripped;
    }

    private static async Task<JsonElement> CallsAsync(TestSystem system)
    {
        using var http = new HttpClient();
        using var document = JsonDocument.Parse(
            await http.GetStringAsync(new Uri($"http://{system.RegistryHttp}/v1/calls?service=shop&only_tripped=true")));
        return document.RootElement.TryGetProperty("instances", out var instances)
            ? instances.Clone()
            : JsonDocument.Parse("[]").RootElement;
    }

    /// <summary>A provider that fails until it is well.</summary>
    private sealed class Shop : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private MusterClient? _client;

        private Shop(WebApplication app) => _app = app;

        public bool IsWell { get; set; }

        public static async Task<Shop> StartAsync(TestSystem system)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var shop = new Shop(app);
            app.Run(context =>
            {
                context.Response.StatusCode = shop.IsWell ? 200 : 500;
                return context.Response.WriteAsync("shop");
            });
            await app.StartAsync();
            shop._client = system.Connect();
            shop._client.Register(new RegistrationOptions
            {
                Service = "shop",
                InstanceId = "shop-1",
                Host = "127.0.0.1",
                Endpoints = [new Core.Model.Endpoint(Core.Model.Endpoint.DefaultName, "http", EndpointProtocol.Http1, new Uri(app.Urls.Single()).Port)],
            });
            return shop;
        }

        public async ValueTask DisposeAsync()
        {
            if (_client is { } client)
            {
                await client.DisposeAsync();
            }

            await _app.DisposeAsync();
        }
    }
}
