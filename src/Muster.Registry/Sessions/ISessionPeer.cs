using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>The stream that keeps a lease, as the lease keeper sees it. Calls must not block.</summary>
internal interface ISessionPeer
{
    /// <summary>What the provider calls itself; may be empty.</summary>
    string Client { get; }

    /// <summary>Whether the provider said that it answers pings.</summary>
    bool AnswersPings { get; }

    /// <summary>Whether its requests fill all places, so that nothing is read from it just now.</summary>
    bool IsBusy { get; }

    /// <summary>Asks the provider to say something; whatever comes is to be reported by <see cref="LeaseKeeper.Heard"/>.</summary>
    void Ping();

    /// <summary>The lease ran out although the stream was open: it is half dead.</summary>
    void OnExpired();

    /// <summary>All records were replaced by a backup's: the provider must open its session again.</summary>
    void OnRestored();

    /// <summary>One of its instances is gone for good. May be said more than once.</summary>
    void OnFinal(FinalAnswer answer);

    /// <summary>Somebody else asked one of its instances to drain.</summary>
    void OnDrainRequested(InstanceKey instance);
}
