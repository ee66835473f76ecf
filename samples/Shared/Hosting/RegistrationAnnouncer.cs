using System.Collections.Immutable;
using System.Globalization;
using Muster.AspNetCore;
using Muster.Client.Registration;

namespace Muster.Samples.Shared.Hosting;

/// <summary>Tells people where the registration stands: one line for each change.</summary>
internal sealed class RegistrationAnnouncer(ImmutableArray<string> services, ProviderSettings settings, TextWriter output)
{
    // One line at a time: state changes of several registrations arrive on several threads.
    private readonly Lock _lock = new();

    /// <summary>Follows the registrations until the program stops.</summary>
    public async Task RunAsync(IMusterRegistrations registrations, CancellationToken stopping)
    {
        try
        {
            var all = await registrations.StartedAsync(stopping);
            for (var i = 0; i < all.Count; i++)
            {
                Follow(i < services.Length ? services[i] : "", all[i]);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped before the ports were bound: there is nothing to tell.
        }
    }

    /// <summary>The sentence for a state; null if nothing is to be said.</summary>
    internal static string? Describe(
        string service, InstanceRegistration registration, RegistrationState state, ProviderSettings settings) => state switch
    {
        RegistrationState.Registered => string.Create(
            CultureInfo.InvariantCulture,
            $"Registered {service} as {registration.InstanceId} at {registration.Address}, weight {settings.Weight}."),
        RegistrationState.Pending =>
            $"Not registered yet: the registry at {settings.Registry} does not answer. It is asked again until it does.",
        RegistrationState.Superseded => $"Another process took the place of {service} {registration.InstanceId}; it stays unregistered.",
        RegistrationState.RemovedByOperator => $"An operator removed {service} {registration.InstanceId}; it stays unregistered.",
        RegistrationState.Refused => $"The registry refuses {service} {registration.InstanceId}: {registration.LastError}",
        _ => null,
    };

    private void Follow(string service, InstanceRegistration registration)
    {
        RegistrationState? said = null;
        registration.StateChanged += Say;
        // The state may have changed before the handler was there.
        if (registration.State != RegistrationState.Pending)
        {
            Say(registration.State);
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
                if (Describe(service, registration, state, settings) is { } line)
                {
                    output.WriteLine(line);
                }
            }
        }
    }
}
