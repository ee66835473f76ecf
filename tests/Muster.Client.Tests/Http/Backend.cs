using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

/// <summary>A real server on a free port that answers as the test says.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentBag<(ConnectionContext Context, Task Running)> _connections = [];
    private readonly TaskCompletionSource _firstConnection = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;

    private Backend(string id, WebApplication app)
    {
        Id = id;
        _app = app;
    }

    public string Id { get; }

    public int Port { get; private set; }

    public int Requests => Volatile.Read(ref _requests);

    public InstanceView View => Instances.At(Port, Id);

    /// <summary>Completes when every connection that was made so far has been closed.</summary>
    public Task ConnectionsClosedAsync => Task.WhenAll(_connections.Select(c => c.Running)).WaitAsync(TimeSpan.FromSeconds(20));

    public int ConnectionsMade => _connections.Count;

    public Task FirstConnectionAsync => _firstConnection.Task;

    /// <summary>Starts a server.</summary>
    /// <param name="id">The instance's id.</param>
    /// <param name="answer">Answers each request; null answers 200 with the id.</param>
    /// <param name="protocol">HTTP/1.1, or HTTP/2 with prior knowledge.</param>
    /// <param name="address">Where it listens; null is 127.0.0.1.</param>
    public static async Task<Backend> StartAsync(
        string id, RequestDelegate? answer = null, EndpointProtocol protocol = EndpointProtocol.Http1, IPAddress? address = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        Backend backend = null!;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address ?? IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocol == EndpointProtocol.Http1 ? HttpProtocols.Http1 : HttpProtocols.Http2;
            listen.Use(next => connection => backend.RunAsync(next, connection));
        }));
        var app = builder.Build();
        backend = new Backend(id, app);
        answer ??= context => context.Response.WriteAsync(id);
        app.Run(context =>
        {
            Interlocked.Increment(ref backend._requests);
            return answer(context);
        });
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        backend.Port = new Uri(addresses.Single()).Port;
        return backend;
    }

    /// <summary>Cuts every connection off, as the system does for a process that is killed.</summary>
    public void CutConnections()
    {
        foreach (var (context, _) in _connections)
        {
            context.Abort();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var running = next(connection);
        _connections.Add((connection, running));
        _firstConnection.TrySetResult();
        return running;
    }
}
