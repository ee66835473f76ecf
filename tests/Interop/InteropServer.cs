using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Muster.Grpc.AspNetCore;

namespace Muster.Interop;

/// <summary>Our interop service on a free loopback port.</summary>
internal sealed class InteropServer(WebApplication app) : IAsyncDisposable
{
    public int Port { get; } = new Uri(app.Urls.Single()).Port;

    public static async Task<InteropServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.MapGrpcService(new TestService());
        app.MapGrpcService(new ReflectionService());
        await app.StartAsync();
        return new InteropServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
