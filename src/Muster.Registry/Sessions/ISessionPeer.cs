using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>The stream that keeps a lease, as the lease keeper sees it. Calls must not block.</summary>
internal interface ISessionPeer
{
    /// <summary>What the provider calls itself; may be empty.</summary>
    string Client { get; }

    /// <summary>The lease ran out although the stream was open: it is half dead.</summary>
    void OnExpired();

    /// <summary>All records were replaced by a backup's: the provider must open its session again.</summary>
    void OnRestored();

    /// <summary>One of its instances is gone for good. May be said more than once.</summary>
    void OnFinal(FinalAnswer answer);

    /// <summary>Somebody else asked one of its instances to drain.</summary>
    void OnDrainRequested(InstanceKey instance);
}
