using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Http;

/// <summary>One handler's way to one service: the shared balancer, and who hears of this handler's calls.</summary>
internal sealed class ServiceRoute(
    string host, bool secure, Balancer balancer, Shadow? shadow, BalancingOptions options, TimeProvider timeProvider, ILogger log)
{
    // Reading a request's options costs it a dictionary, so only who can use the key looks for it.
    private readonly bool _wantsAffinity =
        options.AffinityHeader is not null || options.Split is not null || !PolicyNames.IgnoreAffinity(options.Policy);

    private readonly Prober _prober = new(balancer, host);

    private readonly ReportStreams? _reports =
        options.OutOfBandReports is { } interval ? new ReportStreams(balancer, host, interval) : null;

    public string Host => host;

    public bool Secure => secure;

    public Balancer Balancer => balancer;

    public bool TagResponses => options.TagResponses;

    public TimeProvider TimeProvider => timeProvider;

    public RetryOptions? Retry => options.Retry;

    public HedgingOptions? Hedging => options.Hedging;

    public TimeSpan? AttemptTimeout => options.AttemptTimeout;

    /// <summary>Whether an attempt is more than a request and its answer.</summary>
    public bool IsElaborate { get; } = options.Hedging is not null || options.AttemptTimeout is not null;

    public CallBudget Budget { get; } = balancer.Fleet.Budget;

    public LatencyDigest Latency => balancer.Fleet.Latency;

    private ServiceKey Service => balancer.Fleet.Service;

    /// <summary>The hash of what a request belongs to; null if it belongs to nothing.</summary>
    public ulong? AffinityOf(HttpRequestMessage request) =>
        _wantsAffinity ? Affinity.Of(request, options.AffinityHeader) : null;

    /// <summary>Picks an instance for a call that starts, and counts the call that is about to go to it.</summary>
    /// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
    /// <param name="target">The instance.</param>
    /// <param name="now">When it was picked.</param>
    /// <returns>False if there is none.</returns>
    public bool TryPick(ulong? affinity, out Target target, out TimeSpan now) => shadow is null
        ? balancer.TryPick(affinity, out target, out now)
        : TryPickAndCompare(shadow, affinity, out target, out now);

    /// <summary>Waits for the registry's first answer and picks.</summary>
    /// <exception cref="ServiceCallException">There is nothing to pick; the error says which of the causes it is.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public async Task<(Target Target, TimeSpan Now)> PickFirstAsync(ulong? affinity, CancellationToken cancellationToken)
    {
        var fleet = balancer.Fleet;
        fleet.ThrowIfDisposed();
        if (fleet.Roster.View.Knowledge == ServiceKnowledge.Pending)
        {
            try
            {
                await fleet.WaitFirstViewAsync(options.DiscoveryTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw CallErrors.RegistrySilent(Service, fleet.Directory, options.DiscoveryTimeout);
            }
        }

        if (TryPick(affinity, out var target, out var now))
        {
            return (target, now);
        }

        // It may have been while this call waited, and says more than that there is nobody.
        fleet.ThrowIfDisposed();
        throw CallErrors.NothingToPick(fleet.Roster.View, balancer.Excluded, balancer.Key.Demand, fleet.Directory);
    }

    /// <summary>Starts an attempt at an instance that was picked.</summary>
    /// <param name="target">The instance.</param>
    /// <param name="now">When it was picked.</param>
    /// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
    /// <param name="request">The caller's request.</param>
    /// <param name="place">Which of the call's attempts it is.</param>
    public Attempt Begin(Target target, TimeSpan now, ulong? affinity, HttpRequestMessage request, in AttemptPlace place)
    {
        _prober.OnPicked(now);
        _reports?.OnCalled(target);
        balancer.Fleet.Telemetry.OnPicked(balancer.Key.Policy);
        if (place.Kind == AttemptKind.TransparentRetry)
        {
            balancer.Fleet.Telemetry.OnTransparentRetry();
        }

        if (log.IsEnabled(LogLevel.Debug))
        {
            var reason = balancer.Explain(target.Member, affinity, now);
            Log.Picked(log, target.Member.Id, Service, reason.Policy, reason.Candidates, reason.Signals);
        }

        if (options.Observer is { } observer)
        {
            try
            {
                observer.OnPicked(Service.Name, target.Member.Id);
            }
            catch (Exception e)
            {
                Log.ObserverFailed(log, e, Service);
            }
        }

        var trace = AttemptTrace.Start(balancer, target, request, now, place);
        return new Attempt(this, target.Member, now, RequestTraits.IsTimed(request), trace);
    }

    // Asked first: once the call is counted, the count speaks against the instance that was picked, and must not be taken back, not for
    // an instant: it is all that keeps the connections of an instance that leaves from being closed under the call.
    private bool TryPickAndCompare(Shadow second, ulong? affinity, out Target target, out TimeSpan now)
    {
        var isAnswered = second.TryAsk(affinity, timeProvider.Now(), out var other);
        var isPicked = balancer.TryPick(affinity, out target, out now);
        if (isAnswered && isPicked)
        {
            OnShadowPicked(second, target.Member, other);
        }

        return isPicked;
    }

    private void OnShadowPicked(Shadow second, Member picked, Member? other)
    {
        balancer.Fleet.Telemetry.OnShadowPicked(balancer.Key.Policy, second.Policy, other == picked);
        try
        {
            options.Observer?.OnShadowPicked(Service.Name, picked.Id, other?.Id);
        }
        catch (Exception e)
        {
            Log.ObserverFailed(log, e, Service);
        }
    }

    /// <summary>Reports the end of an attempt. Called by the attempt.</summary>
    public void OnEnded(Member member, TimeSpan duration, AttemptResult result, bool willRetry)
    {
        if (options.Observer is not { } observer)
        {
            return;
        }

        try
        {
            observer.OnCompleted(new AttemptOutcome(Service.Name, member.Id, result, duration, willRetry));
        }
        catch (Exception e)
        {
            Log.ObserverFailed(log, e, Service);
        }
    }

    /// <summary>A call is not sent again, because too many were.</summary>
    public void OnBudgetSpent(TimeSpan now)
    {
        if (Budget.ShouldReport(now))
        {
            Log.BudgetSpent(log, Service, options.Retry!.BudgetPercent);
        }
    }

    /// <summary>A call goes on at another instance.</summary>
    public void OnRetry(FailedAttempt failed, Member next) =>
        Log.Retried(log, failed.InstanceId, Service, failed.Failure, next.Id);
}
