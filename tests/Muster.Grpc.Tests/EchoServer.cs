using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
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
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly HttpMessageInvoker _invoker;

    private EchoServer(
        WebApplication app,
        Gauge connections,
        CollectedLog log,
        TimeProvider? clientTime,
        GrpcClientOptions? clientOptions)
    {
        _app = app;
        Connections = connections;
        Log = log;
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectAsync });
        ClientOptions = clientOptions ?? new GrpcClientOptions { TimeProvider = clientTime ?? TimeProvider.System };
        Address = new Uri(app.Urls.Single());
        Client = new GrpcClient(_invoker, Address, ClientOptions);
    }

    public EchoService Service => _app.Services.GetRequiredService<EchoService>();

    /// <summary>The connections that Kestrel has not let go of. It lets go of one when its last stream is
    /// done.</summary>
    public Gauge Connections { get; }

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
        Action<WebApplication>? configure = null,
        Action<KestrelServerLimits>? limit = null)
    {
        var connections = new Gauge();
        var log = new CollectedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            limit?.Invoke(kestrel.Limits);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                listen.Use(next => connection => connections.DuringAsync(() => next(connection)));
            });
        });
        builder.Services.AddSingleton<EchoService>();
        if (serverTime is not null)
        {
            builder.Services.AddSingleton(serverTime);
        }

        var app = builder.Build();
        app.MapGrpcService(app.Services.GetRequiredService<EchoService>(), serverOptions);
        configure?.Invoke(app);
        await app.StartAsync();
        return new EchoServer(app, connections, log, clientTime, clientOptions);
    }

    /// <summary>Cuts the client's connections as a pulled cable would, at the client's end.</summary>
    public void CutConnections()
    {
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    public int ConnectionCount => _sockets.Count;

    /// <summary>Stops gracefully, as on SIGTERM.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        using var immediately = new CancellationTokenSource();
        await immediately.CancelAsync();
        await _app.StopAsync(immediately.Token);
        await _app.DisposeAsync();
        Log.VerifyNothingUnexpected();
    }

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets.Add(socket);
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
