using Muster.Client.Picking;

namespace Muster.Client.Http;

/// <summary>A second policy that is asked whom it would pick, and picks nobody.</summary>
/// <remarks>Thread-safe. Asked before the call is picked and counted, so it sees the same as the first. It hears of instances as if it
/// picked: what its policy asks to probe is probed. What it throws is logged, and no call's concern.</remarks>
internal sealed class Shadow
{
    private readonly Balancer _balancer;
    private readonly Prober _prober;

    private Shadow(Balancer balancer, string host)
    {
        _balancer = balancer;
        _prober = new Prober(balancer, host);
    }

    public string Policy => _balancer.Key.Policy;

    /// <summary>Creates one; null if its policy cannot be made.</summary>
    /// <param name="fleet">The service.</param>
    /// <param name="key">What the handler asks of it.</param>
    /// <param name="policy">The second policy's name.</param>
    /// <param name="host">The service as URIs name it.</param>
    public static Shadow? Of(Fleet fleet, BalancerKey key, string policy, string host)
    {
        try
        {
            return new Shadow(fleet.GetBalancer(key with { Policy = policy, WarmUp = false, IsShadow = true }), host);
        }
        catch (Exception e)
        {
            fleet.OnShadowFailed(policy, e);
            return null;
        }
    }

    /// <summary>Asks for one call.</summary>
    /// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
    /// <param name="now">The time.</param>
    /// <param name="member">The instance that it would pick; null is none.</param>
    /// <returns>False if it failed to say.</returns>
    public bool TryAsk(ulong? affinity, TimeSpan now, out Member? member)
    {
        try
        {
            member = _balancer.Peek(affinity, now);
            _prober.OnPicked(now);
            return true;
        }
        catch (Exception e)
        {
            member = null;
            _balancer.Fleet.OnShadowFailed(Policy, e);
            return false;
        }
    }
}
