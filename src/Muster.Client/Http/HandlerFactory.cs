using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Discovery;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>Makes handlers, and owns what they share: fleets with their connections and statistics.</summary>
/// <remarks>Thread-safe. Handlers may come and go; nothing is lost with them.</remarks>
/// <param name="directory">Finds services.</param>
/// <param name="options">The client's options.</param>
/// <param name="loggers">Where to log.</param>
/// <param name="transport">Stands in for the network, by host and port; null is the network.</param>
/// <param name="newsOf">Where a service's fleet says that calls ended; null where nobody wants to know.</param>
internal sealed class HandlerFactory(
    IServiceDirectory directory, MusterClientOptions options, ILoggerFactory loggers,
    Func<string, int, HttpMessageHandler>? transport = null, Func<ServiceKey, CallNews>? newsOf = null)
    : IAsyncDisposable, ICallStatisticsSource
{
    private readonly ConcurrentDictionary<ServiceKey, Fleet> _fleets = new();
    private readonly ILogger _log = loggers.CreateLogger<MusterHandler>();
    private readonly FleetSettings _settings = new(
        options, RandomOf(options), new ConnectTurns(options.TimeProvider), new ClientMetrics(options.MeterFactory),
        loggers.CreateLogger<MusterHandler>(), transport);

    // Makes fleets one at a time: a second one of the same service would have connections of its own.
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>Creates a handler.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it and the bounds.</exception>
    public MusterHandler Create(BalancingOptions balancing) => new(CreateRoutes(balancing));

    /// <summary>Creates what a handler needs.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it and the bounds.</exception>
    public RouteTable CreateRoutes(BalancingOptions balancing)
    {
        var selector = BalancingOptionsValidator.Validate(balancing, options.Policies.Keys);
        ObjectDisposedException.ThrowIf(_disposed, typeof(MusterClient));
        return new RouteTable(this, balancing, selector, options.TimeProvider, _log);
    }

    /// <summary>The fleet of a service; the same one for the same service.</summary>
    /// <exception cref="ServiceCallException">The name is none, or the client watches too many services.</exception>
    public Fleet GetFleet(ServiceKey service) => _fleets.TryGetValue(service, out var known) ? known : AddFleet(service);

    public void Collect(ServiceKey service, List<InstanceCalls> into)
    {
        if (_fleets.TryGetValue(service, out var fleet))
        {
            into.AddRange(fleet.Health(options.TimeProvider.Now())
                .Select(h => new InstanceCalls(h.InstanceId, h.Calls, h.Failures, h.State, h.Reason, h.TrialIn)));
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var fleet in _fleets.Values)
            {
                fleet.Dispose();
            }

            _settings.Metrics.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private Fleet AddFleet(ServiceKey service)
    {
        if (InstanceValidator.ValidateName("service", service.Name) is { } violation)
        {
            throw CallErrors.NotAServiceName(service, violation);
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(MusterClient));
            if (_fleets.TryGetValue(service, out var known))
            {
                return known;
            }

            if (_fleets.Count >= Limits.SubscriptionsPerWatchMax)
            {
                throw CallErrors.TooManyServices(service, Limits.SubscriptionsPerWatchMax);
            }

            var fleet = new Fleet(directory.Watch(service), directory, _settings, newsOf?.Invoke(service));
            _fleets[service] = fleet;
            return fleet;
        }
    }

    // Who gives a seed wants the same choices again, on whichever threads they are made.
    private static PickRandom RandomOf(MusterClientOptions options)
    {
        if (options.Seed is { } seed)
        {
            return new PickRandom((ulong)seed);
        }

        ulong random = 0;
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref random)));
        return new PickRandom(random, Environment.ProcessorCount);
    }
}
