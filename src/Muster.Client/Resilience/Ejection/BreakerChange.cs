namespace Muster.Client.Resilience;

/// <summary>What the end of an attempt did to its instance's circuit.</summary>
internal enum BreakerChange
{
    None,

    /// <summary>It is set aside from now on, for the first time or again.</summary>
    Opened,

    /// <summary>It is well again.</summary>
    Closed,

    /// <summary>Its trial showed nothing: the next call may be one.</summary>
    TrialAbandoned,
}
