namespace Muster.Core.Model;

/// <summary>What a provider says of itself. Soft: never stored.</summary>
public enum Health
{
    /// <summary>It has said nothing yet.</summary>
    Unknown,

    /// <summary>All is well.</summary>
    Healthy,

    /// <summary>It serves, but something it needs is not well.</summary>
    Degraded,

    /// <summary>It cannot serve.</summary>
    Unhealthy,
}
