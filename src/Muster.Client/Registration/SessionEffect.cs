using Muster.Grpc;

namespace Muster.Client.Registration;

/// <summary>What an answer means. A closed set: the nested types are all there are.</summary>
internal abstract record SessionEffect
{
    /// <summary>The registry has the instance and its intent of that version.</summary>
    public sealed record Listed(SessionEntry Entry, int IntentVersion, bool IsNew) : SessionEffect;

    /// <summary>The registry is away.</summary>
    public sealed record Lost(SessionEntry Entry) : SessionEffect;

    /// <summary>A request failed and will be tried again.</summary>
    public sealed record Retried(SessionEntry Entry, StatusCode Code, string Reason) : SessionEffect;

    /// <summary>The announcement has ended for good.</summary>
    public sealed record Ended(SessionEntry Entry, RegistrationState State, string? Reason) : SessionEffect;

    /// <summary>A heartbeat, or the lease itself, was refused.</summary>
    public sealed record SessionRefused(StatusCode Code, string Reason) : SessionEffect;

    /// <summary>Callers that should have acknowledged that the instance drains are silent.</summary>
    public sealed record DrainUnheard(SessionEntry Entry, string Callers) : SessionEffect;

    /// <summary>An operator lets the instance drain.</summary>
    public sealed record DrainRequested(SessionEntry Entry, string Reason) : SessionEffect;
}
