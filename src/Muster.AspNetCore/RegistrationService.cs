using System.Collections.Immutable;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.Client;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.AspNetCore;

/// <summary>Announces the app once its ports are bound, and drains it before the server stops.</summary>
/// <remarks>The host calls <see cref="StartedAsync"/> after every service has started, the server included, and
/// <see cref="StoppingAsync"/> before it stops any.</remarks>
internal sealed partial class RegistrationService(
    MusterClient client, IServer server, IEnumerable<EndpointDataSource> routes, IEnumerable<RegistrationRequest> requests,
    Registrations registrations, LoadReports reports, Drain drain, ILogger<RegistrationService> logger) : IHostedLifecycleService
{
    private readonly RegistrationRequest[] _requests = [.. requests];

    /// <summary>Checks what does not need the ports, so that a typing error stops the app before it serves.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var request in _requests)
        {
            _ = ReadAddress(request.Options);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Announcing waits for nothing: a registry that is away does not keep the app from serving.
        registrations.Set([.. _requests.Select(TryAnnounce).OfType<InstanceRegistration>()]);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => registrations.All.Count == 0
        ? Task.CompletedTask
        : drain.RunAsync(registrations.All, _requests.Max(r => r.Options.DrainTimeout), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static HostPort? ReadAddress(MusterRegistrationOptions options)
    {
        if (options.Address is not { } text)
        {
            return null;
        }

        return HostPort.TryParse(text, out var address, out var error)
            ? address
            : throw new InvalidOperationException(
                $"The advertised address ({nameof(options.Address)}, or {MusterRegistrationOptions.AddressVariable}) is not one: {error}.");
    }

    private InstanceRegistration? TryAnnounce(RegistrationRequest request)
    {
        var options = request.Options;
        var bound = ServerEndpoints.Read(
            server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
            options.Protocol ?? (MapsGrpc ? EndpointProtocol.Http2 : EndpointProtocol.Http1),
            options.Protocol ?? EndpointProtocol.Http1AndHttp2);
        if (bound.Endpoints.IsEmpty)
        {
            LogNoEndpoints(request.Service);
            return null;
        }

        var address = ReadAddress(options);
        var reporter = reports.For(options.LoadSource);
        var registration = client.Register(new RegistrationOptions
        {
            Service = request.Service,
            Namespace = options.Namespace,
            InstanceId = options.InstanceId,
            Host = address?.Host ?? bound.Host,
            Endpoints = WithPort(bound.Endpoints, address?.Port),
            Weight = options.Weight,
            Zone = options.Zone,
            Metadata = options.Metadata,
            Ttl = options.Ttl,
            Load = () => reporter.Current,
        });
        // An operator's drain needs nothing here: the registry holds it, and the app stays up until the operator ends it.
        return registration;
    }

    // An app that offers plain HTTP may map load reports out of band all the same, and still speaks HTTP/1.1.
    private bool MapsGrpc => routes.SelectMany(r => r.Endpoints).Any(
        e => e.Metadata.GetMetadata<GrpcMethod>() is { } method && method != OrcaMethods.StreamCoreMetrics);

    // Behind a port mapping callers see another port than the server does.
    private static ImmutableArray<Endpoint> WithPort(ImmutableArray<Endpoint> endpoints, int? port) =>
        port is { } mapped ? endpoints.SetItem(0, endpoints[0] with { Port = mapped }) : endpoints;

    [LoggerMessage(LogEventIds.NoEndpoints, LogLevel.Error, "{Service} is not announced: the server is bound to no TCP port")]
    private partial void LogNoEndpoints(string service);
}
