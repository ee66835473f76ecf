using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Grpc;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>A small web app on a real server, whose connections can be seen, and a client for it.</summary>
internal sealed class ServedApp : IAsyncDisposable
{
    private readonly ConcurrentQueue<Task> _connections = [];
    private readonly WebApplication _app;
    private readonly ManualTimeProvider? _clock;
    private readonly SocketsHttpHandler _handler = new();

    private ServedApp(WebApplicationBuilder builder, HttpProtocols protocols, ManualTimeProvider? clock)
    {
        _clock = clock;
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            listen.Use(next => connection =>
            {
                var running = next(connection);
                _connections.Enqueue(running);
                return running;
            });
        }));
        _app = builder.Build();
        Http = new HttpClient(_handler, disposeHandler: false)
        {
            DefaultRequestVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public HttpClient Http { get; }

    public int ConnectionsMade => _connections.Count;

    /// <summary>Completes when every connection that was made so far has ended.</summary>
    public Task ConnectionsEndedAsync => Task.WhenAll(_connections).InTime();

    /// <summary>Completes when the connection that was made as this one has ended; the first is 0.</summary>
    public Task ConnectionEndedAsync(int index) => _connections.ElementAt(index).InTime();

    /// <summary>Starts an app.</summary>
    /// <param name="add">Adds what is tested.</param>
    /// <param name="map">Maps endpoints.</param>
    /// <param name="protocols">HTTP/1.1, or HTTP/2 with prior knowledge.</param>
    /// <param name="clock">The app's clock; null is the system's.</param>
    public static async Task<ServedApp> StartAsync(
        Action<IServiceCollection> add, Action<WebApplication> map, HttpProtocols protocols = HttpProtocols.Http1,
        ManualTimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (clock is not null)
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
        }

        add(builder.Services);
        var served = new ServedApp(builder, protocols, clock);
        map(served._app);
        await served._app.StartAsync();
        served.Http.BaseAddress = new Uri(served._app.Urls.Single());
        return served;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public GrpcClient Grpc() => new(Http, Http.BaseAddress!, new GrpcClientOptions { TimeProvider = TimeProvider.System });

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        // The client first: the server waits for its connections.
        Http.Dispose();
        _handler.Dispose();
        var disposing = _app.DisposeAsync().AsTask();
        while (_clock is not null && !disposing.IsCompleted)
        {
            // A test that failed on its way leaves an app behind that still waits for its registry.
            await Task.WhenAny(disposing, _clock.TimerArmedAsync(_ => true)).InTime();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await disposing.InTime();
    }
}
