namespace Muster.Core.Replica;

/// <summary>What the registry has said of a service: three different answers, kept apart all the way through.</summary>
public enum ServiceKnowledge
{
    /// <summary>Nothing yet.</summary>
    Pending,

    /// <summary>The registry does not know it.</summary>
    Unknown,

    /// <summary>The registry knows it; it may still have no instances.</summary>
    Known,
}
