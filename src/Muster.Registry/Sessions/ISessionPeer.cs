using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>The stream that keeps a lease, as the lease keeper sees it. Calls must not block.</summary>
internal interface ISessionPeer
{
    /// <summary>The lease ran out although the stream was open: it is half dead.</summary>
    void OnExpired();

    /// <summary>One of its instances was removed by somebody else.</summary>
    void OnRemoved(InstanceKey instance, Removal removal);

    /// <summary>Somebody else asked one of its instances to drain.</summary>
    void OnDrainRequested(InstanceKey instance);
}
