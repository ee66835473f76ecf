using Microsoft.Extensions.Logging;
using Muster.Client.Registration;
using Muster.Core.Model;

namespace Muster.AspNetCore;

/// <summary>Takes an app out of service without failing a call: DRAINING is announced and the callers acknowledge it, running calls
/// end, the instances deregister. Only then may the server stop.</summary>
internal sealed partial class Drain(
    RequestMeter meter, DrainState state, TimeProvider timeProvider, ILogger<Drain> logger)
{
    /// <summary>How long no request may come, counted from the registry's acknowledgement, before the drain counts as known
    /// to all: an announcement reaches a watcher in some milliseconds, and a call that was picked before arrives soon after.</summary>
    public static readonly TimeSpan QuietPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a drain waits for the registry: without it an app could not stop while the registry is away.</summary>
    public static readonly TimeSpan RegistryTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Drains. Does not throw for a registry or callers that do not play their part: the app stops all the same.</summary>
    /// <param name="registrations">The app's announcements.</param>
    /// <param name="drainTimeout">How long to wait for running calls.</param>
    /// <param name="cancellationToken">Ends all waits.</param>
    public async Task RunAsync(
        IReadOnlyList<InstanceRegistration> registrations, TimeSpan drainTimeout, CancellationToken cancellationToken)
    {
        state.Begin();
        var listed = registrations.Where(r => r.State == RegistrationState.Registered).ToList();
        var isKnown = listed.Count > 0 && await AnnounceAsync(listed, cancellationToken).ConfigureAwait(false);
        if (isKnown)
        {
            state.OnAnnounced();
            await WaitForCallsAsync(drainTimeout, cancellationToken).ConfigureAwait(false);
        }

        // Also those that the registry does not know of, or not any more: one may just be on its way there.
        var isGone = await InTimeAsync(
            registrations, RegistryTimeout, static (r, token) => r.DeregisterAsync(token), cancellationToken)
            .ConfigureAwait(false);
        state.OnAnnounced();
        if (isGone && !isKnown)
        {
            await WaitForCallsAsync(drainTimeout, cancellationToken).ConfigureAwait(false);
        }

        LogEnded(meter.Running);
    }

    /// <returns>Whether the registry has acknowledged: otherwise callers do not know, and waiting for them is in vain.</returns>
    private async Task<bool> AnnounceAsync(List<InstanceRegistration> listed, CancellationToken cancellationToken)
    {
        LogBegun(listed.Count, meter.Running);
        return await InTimeAsync(
            listed, RegistryTimeout, static (r, token) => r.SetIntentAsync(Intent.Draining, token), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task WaitForCallsAsync(TimeSpan drainTimeout, CancellationToken cancellationToken)
    {
        // Taken before anything else: the quiet period counts from the acknowledgement, not from when this code gets to wait.
        var acknowledged = timeProvider.GetTimestamp();
        using var limit = new CancellationTokenSource(drainTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await meter.QuietAsync(acknowledged, QuietPeriod, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogCutShort(meter.Running, drainTimeout);
        }
    }

    /// <returns>Whether all succeeded in time.</returns>
    private async Task<bool> InTimeAsync(
        IEnumerable<InstanceRegistration> registrations, TimeSpan timeout,
        Func<InstanceRegistration, CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await Task.WhenAll(registrations.Select(r => action(r, either.Token))).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            LogRegistryAway(timeout);
            return false;
        }
        catch (InvalidOperationException)
        {
            // One of them has just ended for another reason, which is in the log; callers do not come for it any more.
            return true;
        }
    }

    [LoggerMessage(LogEventIds.DrainBegun, LogLevel.Information, "Draining: {Instances} instances, {InFlight} requests in flight")]
    private partial void LogBegun(int instances, long inFlight);

    [LoggerMessage(LogEventIds.DrainEnded, LogLevel.Information, "Drained: {InFlight} requests in flight are left")]
    private partial void LogEnded(long inFlight);

    [LoggerMessage(LogEventIds.DrainCutShort, LogLevel.Warning, "{InFlight} requests still run after {Timeout}; the server stops now")]
    private partial void LogCutShort(long inFlight, TimeSpan timeout);

    [LoggerMessage(LogEventIds.RegistryAway, LogLevel.Warning, "The registry did not acknowledge within {Timeout}; its leases will end by themselves")]
    private partial void LogRegistryAway(TimeSpan timeout);
}
