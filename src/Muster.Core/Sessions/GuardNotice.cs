using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>The guard began or ceased to hold expiries back.</summary>
/// <param name="Service">For one service; null for all together.</param>
/// <param name="Change">What happened.</param>
/// <param name="Silent">Instances that fell silent, those that already left for it within their TTL included.</param>
/// <param name="Total">Instances, those included.</param>
public sealed record GuardNotice(ServiceKey? Service, GuardChange Change, int Silent, int Total);
