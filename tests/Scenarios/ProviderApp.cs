using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;
using Muster.Client;
using Muster.Client.Registration;

namespace Muster.Scenarios;

/// <summary>A web app that offers the service "greeter" as its users would write it: a registration line and an endpoint.</summary>
internal sealed class ProviderApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProviderApp(WebApplication app, string id)
    {
        _app = app;
        Id = id;
    }

    public string Id { get; }

    public InstanceRegistration Registration => Assert.Single(_app.Services.GetRequiredService<IMusterRegistrations>().All);

    /// <summary>Requests that have reached the endpoint.</summary>
    public int Served { get; private set; }

    /// <summary>Holds the answers back until it is set.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Completes when the first request has reached the endpoint.</summary>
    public Task Arrived => _arrived.Task;

    public static async Task<ProviderApp> StartAsync(string registry, string id)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddMuster(o => o with { Registry = registry });
        builder.Services.AddMusterRegistration("greeter", o => o with { InstanceId = id, Address = "127.0.0.1" });
        var app = builder.Build();
        var provider = new ProviderApp(app, id);
        app.UseMusterLoadReports();
        app.Run(provider.AnswerAsync);
        await app.StartAsync();
        return provider;
    }

    /// <summary>Stops as SIGTERM would.</summary>
    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Served++;
        _arrived.TrySetResult();
        if (Gate is { } gate)
        {
            await gate.Task;
        }

        await context.Response.WriteAsync(Id);
    }
}
