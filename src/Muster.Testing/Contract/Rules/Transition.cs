using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>What a commit made of an instance.</summary>
/// <param name="Key">Which.</param>
/// <param name="Before">Its record before the change; null if it was not listed.</param>
/// <param name="After">Its record after it; null if it was removed.</param>
/// <param name="Removal">Why it was removed.</param>
internal sealed record Transition(InstanceKey Key, InstanceRecord? Before, InstanceRecord? After, Removal? Removal)
{
    /// <summary>What its active check had seen up to then; null if it had none.</summary>
    public CheckLedger? Check { get; init; }
}
