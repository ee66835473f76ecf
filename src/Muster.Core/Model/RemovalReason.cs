namespace Muster.Core.Model;

/// <summary>Why an instance left.</summary>
public enum RemovalReason
{
    /// <summary>Not said.</summary>
    Unspecified,

    /// <summary>Its owner said so.</summary>
    Deregistered,

    /// <summary>The stream was lost and the TTL ran out.</summary>
    ConnectionLost,

    /// <summary>No renewal came and the TTL ran out.</summary>
    Expired,

    /// <summary>Another process registered the same address or id.</summary>
    Superseded,

    /// <summary>An operator took it away.</summary>
    Operator,

    /// <summary>Active checks failed for too long.</summary>
    CheckFailed,
}
