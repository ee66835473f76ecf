using Muster.Core.Checks;

namespace Muster.Registry.Checks;

/// <summary>Probes a target once.</summary>
internal interface IProber
{
    /// <summary>Probes.</summary>
    /// <param name="target">What, and how.</param>
    /// <param name="stopping">Ends the probe without a result.</param>
    /// <returns>How it ended; a failure is a result, not an exception.</returns>
    /// <exception cref="OperationCanceledException">The registry stops.</exception>
    Task<ProbeResult> ProbeAsync(CheckTarget target, CancellationToken stopping);
}
