namespace Muster.Core.Model;

/// <summary>How an instance stands, as people see it. Derived, never stored; the first that applies, from the top.</summary>
public enum InstanceStatus
{
    /// <summary>Taken out by an operator or by its owner.</summary>
    Out,

    /// <summary>Leaving.</summary>
    Draining,

    /// <summary>Stream lost, or silent for half its TTL; the lease still runs.</summary>
    Timeout,

    /// <summary>Says that it cannot serve.</summary>
    Unhealthy,

    /// <summary>Says that it serves with something amiss.</summary>
    Degraded,

    /// <summary>Alive and well.</summary>
    Healthy,

    /// <summary>No sign yet.</summary>
    Unknown,
}
