using System.Collections.Immutable;

namespace Muster.Client.Balancing;

/// <summary>How to choose an instance. Makes a picker for each list of candidates.</summary>
/// <remarks>One object serves one service for as long as its handlers live, so what must survive a change of the candidates
/// (a sequence, for example) belongs here, and what is known of an instance belongs in its
/// <see cref="InstanceStatistics"/>. A policy of your own is one class that implements this, named in
/// <see cref="MusterClientOptions.Policies"/>.</remarks>
public interface IBalancingPolicy
{
    /// <summary>The name, as in <see cref="PolicyNames"/>.</summary>
    string Name { get; }

    /// <summary>Who keeps newcomers from being flooded. Default <see cref="SlowStartMode.ByBalancer"/>.</summary>
    SlowStartMode SlowStart => SlowStartMode.ByBalancer;

    /// <summary>Binds the policy to one list of candidates. Called again with each change of them, not with calls or retries; never
    /// by two threads at once.</summary>
    /// <param name="candidates">At least one, ordered by id.</param>
    IPicker CreatePicker(ImmutableArray<Candidate> candidates);
}
