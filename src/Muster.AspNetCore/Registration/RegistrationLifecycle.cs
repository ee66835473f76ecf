using Microsoft.Extensions.Hosting;

namespace Muster.AspNetCore.Registration;

/// <summary>Ties the registrations to the host: announced after the server has bound its ports, drained before it stops.</summary>
internal sealed class RegistrationLifecycle(RegistrationService registrations) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        registrations.Announce();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => registrations.DrainAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
