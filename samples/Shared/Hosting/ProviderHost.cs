using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;
using Muster.Client;
using Muster.Grpc.AspNetCore;
using Muster.Samples.Shared.Settings;

namespace Muster.Samples.Shared.Hosting;

/// <summary>Runs a provider: a web app with a registration, one line when it is registered, and fault keys on a terminal.</summary>
internal static class ProviderHost
{
    /// <summary>Runs until SIGTERM, SIGINT or the key <c>q</c>; then drains, deregisters and returns.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string name, Provider provider, ProviderSettings settings)
    {
        await using var app = Build(name, provider, settings);
        await using var owned = provider.Owned;
        if (provider.WarmUp is { } warmUp)
        {
            await warmUp();
        }

        try
        {
            await app.StartAsync();
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(PortInUse(settings.Port));
            return ExitCodes.Failure;
        }

        var stopping = app.Lifetime.ApplicationStopping;
        var registrations = app.Services.GetRequiredService<IMusterRegistrations>();
        var announcer = new RegistrationAnnouncer(settings, Console.Out, TimeProvider.System);
        var announcing = announcer.RunAsync(registrations, stopping);
        if (!Console.IsInputRedirected)
        {
            new FaultKeys(registrations, app.Lifetime, Console.Out).Start();
        }

        await app.WaitForShutdownAsync();
        await announcing;
        return ExitCodes.Success;
    }

    private static WebApplication Build(string name, Provider provider, ProviderSettings settings)
    {
        // No arguments: they are parsed already, and the host would read some of them as its own configuration.
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        // Stdout is for what the program says to people; logs go beside it.
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenAnyIP(settings.Port, listen => listen.Protocols = provider.Protocols));
        builder.Services.AddMuster(options => options with
        {
            Registry = settings.Registry.ToString(),
            ClientName = string.Create(CultureInfo.InvariantCulture, $"{name}/{Environment.ProcessId}"),
            Zone = settings.Zone,
        });
        foreach (var service in provider.Services)
        {
            builder.Services.AddMusterRegistration(service, options => options with
            {
                Address = settings.Address ?? options.Address,
                InstanceId = InstanceIds.Of(settings.Id, service, provider.Services.Length),
                Weight = settings.Weight,
                Metadata = settings.Metadata,
                Ttl = settings.Ttl,
                LoadSource = provider.LoadSource,
            });
        }

        builder.Services.AddMusterLoadReports();
        builder.Services.AddMusterConnectionAging();
        var app = builder.Build();
        provider.Map(app);
        if (provider.Protocols == HttpProtocols.Http2)
        {
            // Tools that were not built for the samples ask for their contract: muster call some.package.Service/Method.
            app.MapGrpcService(new ReflectionService());
            app.MapMusterLoadReports();
        }

        return app;
    }

    private static string PortInUse(int port) => string.Create(
        CultureInfo.InvariantCulture,
        $"Port {port} is in use by another program. Choose another with --port or PORT, or give none for a free one; 'ss -ltnp sport = :{port}' shows who has it.");
}
