using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Client;
using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Bench.LoadDriver.Unregister;

/// <summary>A registry, a few instances and many callers, in one process and over real sockets. Each instance has a session
/// and each caller a watch of its own, as separate processes would.</summary>
internal sealed class MeasuredSystem : IAsyncDisposable
{
    public const int Instances = 5;
    public const int Callers = 20;

    private const string Service = "measured";

    // Picks of every caller that must pass an instance over before it counts as gone: with one in five, a caller that still
    // had it would choose it within so many but once in 10^19.
    private const int QuietPicks = 200;

    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<MusterClient> _providers = [];
    private readonly List<InstanceRegistration> _registrations = [];
    private readonly List<Caller> _callers = [];
    private InProcessRegistry? _registry;
    private WebApplication? _app;

    private MeasuredSystem(TimeProvider timeProvider) => _timeProvider = timeProvider;

    public static async Task<MeasuredSystem> StartAsync(TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var system = new MeasuredSystem(timeProvider);
        system._registry = await InProcessRegistry.StartAsync(timeProvider);
        system._app = await StartServerAsync(cancellationToken);
        foreach (var port in PortsOf(system._app))
        {
            await system.RegisterAsync(port, cancellationToken);
        }

        for (var i = 0; i < Callers; i++)
        {
            system._callers.Add(new Caller(system.Connect(), Service, timeProvider, system._ending.Token));
        }

        await Task.WhenAll(system._callers.Select(caller => caller.PicksAsync(1, cancellationToken)));
        return system;
    }

    /// <summary>Takes an instance out as the key <c>u</c> does, waits until nobody picks it, and brings it back as <c>r</c> does.</summary>
    /// <returns>From <c>u</c> to the last pick, zero if there was none after it; from <c>r</c> to the first pick.</returns>
    public async Task<(TimeSpan Gone, TimeSpan Back)> TakeOutAndBackAsync(int index, CancellationToken cancellationToken)
    {
        var registration = _registrations[index];
        var pressed = _timeProvider.GetTimestamp();
        await registration.SetIntentAsync(Intent.Out, cancellationToken);
        await Task.WhenAll(_callers.Select(caller => caller.PicksAsync(QuietPicks, cancellationToken)));
        var last = _callers.Max(caller => caller.LastPickOf(registration.InstanceId));
        var gone = last > pressed ? _timeProvider.GetElapsedTime(pressed, last) : TimeSpan.Zero;

        pressed = _timeProvider.GetTimestamp();
        var firsts = _callers.Select(caller => caller.NextPickOfAsync(registration.InstanceId, cancellationToken)).ToList();
        await registration.SetIntentAsync(Intent.Serving, cancellationToken);
        var first = await await Task.WhenAny(firsts);
        await Task.WhenAll(firsts);
        return (gone, _timeProvider.GetElapsedTime(pressed, first));
    }

    /// <summary>Sends SIGTERM to an app that everybody calls, and waits until nobody picks it and it has ended.</summary>
    /// <returns>From the signal to the last pick, zero if there was none after it.</returns>
    public async Task<TimeSpan> TerminateAppAsync(int number, CancellationToken cancellationToken)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{Service}-app-{number}");
        var known = _callers.Select(caller => caller.NextPickOfAsync(id, cancellationToken)).ToList();
        await using var app = await DrainingApp.StartAsync(_registry!.Address, Service, id, cancellationToken);
        await Task.WhenAll(known);

        var signalled = _timeProvider.GetTimestamp();
        app.Terminate();
        await Task.WhenAll(_callers.Select(caller => caller.PicksAsync(QuietPicks, cancellationToken)));
        var last = _callers.Max(caller => caller.LastPickOf(id));
        return last > signalled ? _timeProvider.GetElapsedTime(signalled, last) : TimeSpan.Zero;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        foreach (var caller in _callers)
        {
            await caller.DisposeAsync();
        }

        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }

        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }

        _ending.Dispose();
    }

    private MusterClient Connect() => new(new MusterClientOptions { Registry = _registry!.Address, TimeProvider = _timeProvider });

    private async Task RegisterAsync(int port, CancellationToken cancellationToken)
    {
        var provider = Connect();
        _providers.Add(provider);
        var registration = provider.Register(new RegistrationOptions
        {
            Service = Service,
            InstanceId = string.Create(CultureInfo.InvariantCulture, $"{Service}-{port}"),
            Host = "127.0.0.1",
            Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http1, port)],
        });
        _registrations.Add(registration);
        await registration.WaitRegisteredAsync(cancellationToken);
    }

    private static async Task<WebApplication> StartServerAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var i = 0; i < Instances; i++)
            {
                kestrel.Listen(IPAddress.Loopback, 0);
            }
        });
        var app = builder.Build();
        app.MapGet("/", () => "hello");
        await app.StartAsync(cancellationToken);
        return app;
    }

    private static IEnumerable<int> PortsOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address).Port);
}
