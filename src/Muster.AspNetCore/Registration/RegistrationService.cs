using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore.Load;
using Muster.Client;
using Muster.Client.Registration;
using Muster.Core.Model;

namespace Muster.AspNetCore.Registration;

/// <summary>The app's announcements.</summary>
internal sealed partial class RegistrationService(
    MusterClient muster, IServer server, IEnumerable<Offer> offers, IEnumerable<EndpointDataSource> endpoints,
    LoadReporter load, RequestMeter meter, IHostApplicationLifetime lifetime, ILogger<RegistrationService> logger)
    : IMusterRegistrations
{
    // How long the registry may take to acknowledge the drain or the deregistration: a stop must end without it, too.
    private static readonly TimeSpan s_registryTimeout = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource<IReadOnlyList<InstanceRegistration>> _started =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written once by Announce, read by every request.
    private volatile InstanceRegistration[] _all = [];

    public IReadOnlyList<InstanceRegistration> All => _all;

    public Task<IReadOnlyList<InstanceRegistration>> StartedAsync(CancellationToken cancellationToken) =>
        _started.Task.WaitAsync(cancellationToken);

    /// <summary>Announces every service at the ports that are bound now.</summary>
    public void Announce()
    {
        var bound = new BoundPorts(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        var speaksGrpc = endpoints.SelectMany(e => e.Endpoints).Any(e => e.Metadata.GetMetadata<Grpc.GrpcMethod>() is not null);
        var registrations = offers.Select(offer => Announce(offer, bound, speaksGrpc)).ToArray();
        _all = registrations;
        load.OnChanged = ReportSoon;
        _started.TrySetResult(registrations);
    }

    /// <summary>Takes the announcements back without failing a call: DRAINING is announced, the calls that were under way end,
    /// the instances deregister.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var registrations = _all;
        if (registrations.Length == 0)
        {
            return;
        }

        await BoundedAsync(registrations, (r, token) => r.SetIntentAsync(Intent.Draining, token), cancellationToken);
        var timeout = offers.Max(o => o.Options.DrainTimeout);
        if (!await meter.WaitQuietAsync(timeout, cancellationToken))
        {
            LogCallsLeft(meter.InFlight, timeout);
        }

        await BoundedAsync(registrations, (r, token) => r.DeregisterAsync(token), cancellationToken);
    }

    private InstanceRegistration Announce(Offer offer, BoundPorts bound, bool speaksGrpc)
    {
        var options = offer.Options;
        var address = AdvertisedAddress.Read(options.Address);
        var protocol = options.Protocol ?? (speaksGrpc ? EndpointProtocol.Http2 : EndpointProtocol.Http1);
        load.UseSource(options.LoadSource);
        var registration = muster.Register(new RegistrationOptions
        {
            Service = offer.Service,
            Namespace = options.Namespace,
            InstanceId = options.InstanceId,
            Host = address?.Host,
            Endpoints = bound.ToEndpoints(protocol, address?.Port),
            Weight = options.Weight,
            Zone = options.Zone,
            Metadata = options.Metadata,
            Ttl = options.Ttl,
            Load = () => load.Current,
        });
        // An operator's wish to drain ends like SIGTERM does: the process has nothing else to offer.
        registration.DrainRequested += lifetime.StopApplication;
        return registration;
    }

    private void ReportSoon()
    {
        foreach (var registration in _all)
        {
            registration.ReportSoon();
        }
    }

    private async Task BoundedAsync(
        InstanceRegistration[] registrations, Func<InstanceRegistration, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(s_registryTimeout, muster.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await Task.WhenAll(registrations.Select(r => step(r, either.Token)));
        }
        catch (OperationCanceledException)
        {
            // The registry is away: the TTL does what it did not acknowledge.
            LogRegistryAway(s_registryTimeout);
        }
        catch (InvalidOperationException)
        {
            // The announcement had ended already: superseded, removed by an operator, or refused.
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "Stopping with {Count} calls still running after {Timeout}")]
    private partial void LogCallsLeft(int count, TimeSpan timeout);

    [LoggerMessage(2002, LogLevel.Warning, "The registry did not acknowledge within {Timeout}; the lease's TTL will end the announcement")]
    private partial void LogRegistryAway(TimeSpan timeout);
}
