using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Why an instance was picked.</summary>
/// <param name="Policy">By which policy.</param>
/// <param name="Candidates">Among how many.</param>
/// <param name="Signals">By which figures, and how old they were (<see cref="IPicker.Explain"/>).</param>
internal readonly record struct PickReason(string Policy, int Candidates, string Signals)
{
    public override string ToString() => $"{Policy} of {Candidates}: {Signals}";
}
