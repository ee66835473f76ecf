using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using SessionScript = Muster.Client.Tests.Scripted.ScriptedStream<Muster.Protocol.V1.SessionRequest, Muster.Protocol.V1.SessionResponse>;
using WatchScript = Muster.Client.Tests.Scripted.ScriptedStream<Muster.Protocol.V1.WatchRequest, Muster.Protocol.V1.WatchResponse>;

namespace Muster.Client.Tests.Scripted;

/// <summary>A registry that does what the test says, and nothing else.</summary>
public sealed class ScriptedRegistry : IGrpcService, IAsyncDisposable
{
    private readonly Channel<SessionScript> _sessions = Channel.CreateUnbounded<SessionScript>();
    private readonly Channel<WatchScript> _watches = Channel.CreateUnbounded<WatchScript>();
    private WebApplication? _app;

    public int Port { get; private set; }

    public string Address => $"127.0.0.1:{Port}";

    /// <param name="port">0 lets the system choose; a registry that is to come back needs the same one.</param>
    public static async Task<ScriptedRegistry> StartAsync(int port = 0)
    {
        var registry = new ScriptedRegistry();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, o => o.Protocols = HttpProtocols.Http2));
        registry._app = builder.Build();
        registry._app.MapGrpcService(registry);
        await registry._app.StartAsync();
        registry.Port = new Uri(registry._app.Urls.Single()).Port;
        return registry;
    }

    public void Bind(GrpcServiceBinder binder)
    {
        binder.Duplex(RegistryMethods.Session, async (requests, responses, context) =>
        {
            var script = new SessionScript(responses);
            _sessions.Writer.TryWrite(script);
            await script.RunAsync(requests, context.CancellationToken);
        });
        binder.Duplex(RegistryMethods.Watch, async (requests, responses, context) =>
        {
            var script = new WatchScript(responses);
            _watches.Writer.TryWrite(script);
            await script.RunAsync(requests, context.CancellationToken);
        });
    }

    public async Task<SessionScript> NextSessionAsync() => await _sessions.Reader.ReadAsync().AsTask().InTime();

    public async Task<WatchScript> NextWatchAsync() => await _watches.Reader.ReadAsync().AsTask().InTime();

    /// <summary>Dies as a killed process does: connections break, nobody says goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
