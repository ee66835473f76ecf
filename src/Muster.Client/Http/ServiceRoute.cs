using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Http;

/// <summary>One handler's way to one service: the shared balancer, and who hears of this handler's calls.</summary>
internal sealed class ServiceRoute(
    string host, bool secure, Balancer balancer, BalancingOptions options, TimeProvider timeProvider, ILogger log)
{
    public string Host => host;

    public bool Secure => secure;

    public Balancer Balancer => balancer;

    public bool TagResponses => options.TagResponses;

    public TimeProvider TimeProvider => timeProvider;

    private ServiceKey Service => balancer.Fleet.Service;

    /// <summary>Waits for the registry's first answer and picks.</summary>
    /// <exception cref="ServiceCallException">There is nothing to pick; the error says which of the causes it is.</exception>
    public async Task<(Target Target, TimeSpan Now)> PickFirstAsync(CancellationToken cancellationToken)
    {
        var fleet = balancer.Fleet;
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

        return balancer.TryPick(out var target, out var now)
            ? (target, now)
            : throw CallErrors.NothingToPick(fleet.Roster.View, balancer.Mismatched, balancer.Key.Demand, fleet.Directory);
    }

    /// <summary>Starts an attempt at an instance that was picked.</summary>
    public Attempt Begin(Target target, TimeSpan now)
    {
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

        return new Attempt(this, target.Member, now);
    }

    /// <summary>Reports the end of an attempt. Called by the attempt.</summary>
    public void OnEnded(Member member, TimeSpan duration, bool success, bool willRetry)
    {
        if (options.Observer is not { } observer)
        {
            return;
        }

        try
        {
            observer.OnCompleted(new AttemptOutcome(Service.Name, member.Id, success, duration, willRetry));
        }
        catch (Exception e)
        {
            Log.ObserverFailed(log, e, Service);
        }
    }

    /// <summary>An instance answered.</summary>
    public void OnAnswered(Member member)
    {
        if (member.Backoff.IsSuspect && member.Backoff.OnSuccess())
        {
            Log.CameBack(log, member.Id, Service, member.Address);
            balancer.Fleet.Reconsider();
        }
    }

    /// <summary>An instance could not be connected to.</summary>
    public void OnConnectFailed(Member member, Exception exception)
    {
        if (member.Backoff.OnFailure(timeProvider.Now(), balancer.Fleet.Random))
        {
            Log.SetAside(log, member.Id, Service, member.Address, exception.GetBaseException().Message);
            balancer.Fleet.Reconsider();
        }
    }

    /// <summary>A call goes on at another instance.</summary>
    public void OnRetry(FailedAttempt failed, Member next) =>
        Log.Retried(log, failed.InstanceId, Service, failed.Failure, next.Id);
}
