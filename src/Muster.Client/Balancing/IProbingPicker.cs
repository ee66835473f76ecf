namespace Muster.Client.Balancing;

/// <summary>A picker that wants to hear of instances it sends nothing to: without that, an instance that once looked busy would be
/// avoided for ever.</summary>
/// <remarks>Thread-safe, as <see cref="IPicker"/> is. Who drives it sends the probes it asks for, each a small request that an instance
/// answers with its load report (<see cref="InstanceStatistics.OnReport"/>), and drops those it cannot send.</remarks>
public interface IProbingPicker : IPicker
{
    /// <summary>Probes of one call at most.</summary>
    const int ProbesPerCallMax = 4;

    /// <summary>Says whom to probe now. Called once after each pick.</summary>
    /// <param name="context">The context of that pick.</param>
    /// <param name="targets">Takes the candidates' indices; <see cref="ProbesPerCallMax"/> long.</param>
    /// <returns>How many there are.</returns>
    int ChooseProbes(in PickContext context, Span<int> targets);
}
