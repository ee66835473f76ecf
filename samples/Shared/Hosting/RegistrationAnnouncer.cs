using System.Globalization;
using Muster.AspNetCore;
using Muster.Client.Registration;

namespace Muster.Samples.Shared.Hosting;

/// <summary>Tells people where the registration stands: one line for each change.</summary>
internal sealed class RegistrationAnnouncer(ProviderSettings settings, TextWriter output, TimeProvider timeProvider)
{
    // How long a registry may take to answer before people are told that it is waited for.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // One line at a time: state changes of several registrations arrive on several threads.
    private readonly Lock _lock = new();

    /// <summary>Follows the registrations until the program stops.</summary>
    public async Task RunAsync(IMusterRegistrations registrations, CancellationToken stopping)
    {
        try
        {
            var all = await registrations.StartedAsync(stopping);
            await Task.WhenAll(all.Select(registration => FollowAsync(registration, stopping)));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped early: there is nothing more to tell.
        }
    }

    /// <summary>The sentence for a state; null if nothing is to be said.</summary>
    internal static string? Describe(
        InstanceRegistration registration, RegistrationState state, ProviderSettings settings) => state switch
    {
        RegistrationState.Registered => string.Create(
            CultureInfo.InvariantCulture,
            $"Registered {registration.Service} as {registration.InstanceId} at {registration.Address}, weight {settings.Weight}."),
        RegistrationState.Pending =>
            $"Not registered yet: the registry at {settings.Registry} does not answer. It is asked again until it does.",
        RegistrationState.Superseded => $"Another process took the place of {registration.Service} {registration.InstanceId}; it stays unregistered.",
        RegistrationState.RemovedByOperator => $"An operator removed {registration.Service} {registration.InstanceId}; it stays unregistered.",
        RegistrationState.Refused => $"The registry refuses {registration.Service} {registration.InstanceId}: {registration.LastError}",
        _ => null,
    };

    private async Task FollowAsync(InstanceRegistration registration, CancellationToken stopping)
    {
        RegistrationState? said = null;
        registration.StateChanged += Say;
        // The state may have changed before the handler was there; and a registry that is simply there needs no line saying
        // that it was waited for.
        if (registration.State != RegistrationState.Pending)
        {
            Say(registration.State);
        }
        else
        {
            await Task.Delay(Patience, timeProvider, stopping);
            if (registration.State == RegistrationState.Pending)
            {
                Say(RegistrationState.Pending);
            }
        }

        void Say(RegistrationState state)
        {
            lock (_lock)
            {
                if (said == state)
                {
                    return;
                }

                said = state;
                if (Describe(registration, state, settings) is { } line)
                {
                    output.WriteLine(line);
                }
            }
        }
    }
}
