namespace Muster.Core.Model;

/// <summary>Whether signs of life arrive. Soft: never stored.</summary>
public enum Liveness
{
    /// <summary>No sign yet.</summary>
    Unknown,

    /// <summary>Its session lives, or it renewed within half its TTL.</summary>
    Alive,

    /// <summary>The stream is lost, or nothing came for half the TTL; the lease still runs.</summary>
    Timeout,
}
