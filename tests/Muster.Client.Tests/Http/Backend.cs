using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Core.Model;
using Muster.Core.Replica;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.Client.Tests.Http;

/// <summary>A real server on a free port that answers as the test says.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentBag<(ConnectionContext Context, Task Running)> _connections = [];
    private readonly TaskCompletionSource _firstConnection = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstHandshake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly string _scheme;
    private readonly EndpointProtocol _protocol;
    private int _requests;

    private Backend(string id, WebApplication app, string scheme, EndpointProtocol protocol)
    {
        Id = id;
        _app = app;
        (_scheme, _protocol) = (scheme, protocol);
    }

    public string Id { get; }

    public int Port { get; private set; }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Whom TLS clients said that they call, one for each handshake.</summary>
    public ConcurrentQueue<string?> ServerNames { get; } = [];

    /// <summary>Completes when a TLS handshake has ended, and the server's tickets behind it have been sent.</summary>
    public Task FirstHandshakeAsync => _firstHandshake.Task;

    public InstanceView View => Instances.At(Port, Id, endpoints: [new Endpoint(Endpoint.DefaultName, _scheme, _protocol, Port)]);

    /// <summary>Completes when every connection that was made so far has been closed.</summary>
    public Task ConnectionsClosedAsync => Task.WhenAll(_connections.Select(c => c.Running)).WaitAsync(TimeSpan.FromSeconds(20));

    public int ConnectionsMade => _connections.Count;

    public Task FirstConnectionAsync => _firstConnection.Task;

    /// <summary>Waits for one more connection than the last wait did.</summary>
    public Task NextConnectionAsync() => _arrivals.WaitAsync().InTime();

    /// <summary>Starts a server.</summary>
    /// <param name="id">The instance's id.</param>
    /// <param name="answer">Answers each request; null answers 200 with the id.</param>
    /// <param name="protocol">HTTP/1.1, or HTTP/2 with prior knowledge.</param>
    /// <param name="address">Where it listens; null is 127.0.0.1.</param>
    /// <param name="certificate">Its certificate; null speaks no TLS.</param>
    /// <param name="wantsCertificate">Whether it wants one of the client's, which it trusts whatever it is.</param>
    public static async Task<Backend> StartAsync(
        string id, RequestDelegate? answer = null, EndpointProtocol protocol = EndpointProtocol.Http1, IPAddress? address = null,
        X509Certificate2? certificate = null, bool wantsCertificate = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        Backend backend = null!;
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address ?? IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocol switch
            {
                EndpointProtocol.Http1 => HttpProtocols.Http1,
                EndpointProtocol.Http2 => HttpProtocols.Http2,
                _ => HttpProtocols.Http1AndHttp2,
            };
            listen.Use(next => connection => backend.RunAsync(next, connection));
            if (certificate is not null)
            {
                // One context for all connections, as in a server of the world, which then sends tickets.
                var chain = SslStreamCertificateContext.Create(certificate, null, offline: true);
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = context =>
                    {
                        backend.ServerNames.Enqueue(context.ClientHelloInfo.ServerName);
                        return ValueTask.FromResult(new SslServerAuthenticationOptions
                        {
                            ServerCertificateContext = chain,
                            ClientCertificateRequired = wantsCertificate,
                            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null || !wantsCertificate,
                        });
                    },
                });
                listen.Use(next => connection =>
                {
                    backend._firstHandshake.TrySetResult();
                    return next(connection);
                });
            }
        }));
        var app = builder.Build();
        backend = new Backend(id, app, certificate is null ? "http" : "https", protocol);
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

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrivals.Dispose();
    }

    // Known before it is served: its first answer may be with the client before the server lets go of this thread.
    private async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections.Add((connection, ended.Task));
        _firstConnection.TrySetResult();
        _arrivals.Release();
        try
        {
            await next(connection);
        }
        finally
        {
            ended.SetResult();
        }
    }
}
