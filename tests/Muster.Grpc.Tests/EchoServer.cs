using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Grpc.AspNetCore;

namespace Muster.Grpc.Tests;

/// <summary>A real Kestrel on a free loopback port with the test service, and a client of it.</summary>
/// <remarks>Any warning or error in the log that a test does not expect fails the test on dispose.</remarks>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };
    private readonly HttpMessageInvoker _invoker;

    private EchoServer(WebApplication app, CollectedLog log, TimeProvider? clientTime, GrpcClientOptions? clientOptions)
    {
        _app = app;
        Log = log;
        _invoker = new HttpMessageInvoker(_handler);
        ClientOptions = clientOptions ?? new GrpcClientOptions { TimeProvider = clientTime ?? TimeProvider.System };
        Address = new Uri(app.Urls.Single());
        Client = new GrpcClient(_invoker, Address, ClientOptions);
    }

    public EchoService Service => _app.Services.GetRequiredService<EchoService>();

    public CollectedLog Log { get; }

    public Uri Address { get; }

    public GrpcClientOptions ClientOptions { get; }

    public GrpcClient Client { get; }

    public HttpMessageInvoker Invoker => _invoker;

    public static async Task<EchoServer> StartAsync(
        TimeProvider? serverTime = null,
        TimeProvider? clientTime = null,
        GrpcServerOptions? serverOptions = null,
        GrpcClientOptions? clientOptions = null,
        HttpProtocols protocols = HttpProtocols.Http2,
        Action<WebApplication>? configure = null)
    {
        var log = new CollectedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        builder.Services.AddSingleton<EchoService>();
        if (serverTime is not null)
        {
            builder.Services.AddSingleton(serverTime);
        }

        var app = builder.Build();
        app.MapGrpcService(app.Services.GetRequiredService<EchoService>(), serverOptions);
        configure?.Invoke(app);
        await app.StartAsync();
        return new EchoServer(app, log, clientTime, clientOptions);
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        using var immediately = new CancellationTokenSource();
        await immediately.CancelAsync();
        await _app.StopAsync(immediately.Token);
        await _app.DisposeAsync();
        Log.VerifyNothingUnexpected();
    }
}
