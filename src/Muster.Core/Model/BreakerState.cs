namespace Muster.Core.Model;

/// <summary>A caller's circuit breaker of one instance.</summary>
/// <remarks>
/// The words are those of the trade: a closed circuit conducts.
/// <list type="table">
/// <item><term><see cref="Closed"/></term><description>Traffic flows. Opens when the instance fails too often.</description></item>
/// <item><term><see cref="Open"/></term><description>No traffic. Once its time is over the next call becomes the trial.</description></item>
/// <item><term><see cref="HalfOpen"/></term><description>One call, the trial, is on its way. Its success closes the circuit, its failure
/// opens it for longer.</description></item>
/// </list>
/// </remarks>
public enum BreakerState
{
    /// <summary>Traffic flows.</summary>
    Closed,

    /// <summary>No traffic.</summary>
    Open,

    /// <summary>One trial.</summary>
    HalfOpen,
}
