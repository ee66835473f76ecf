using System.Collections.Immutable;
using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

/// <summary>Picks as the test says, and counts its pickers.</summary>
internal sealed class ScriptedPolicy : IBalancingPolicy
{
    public const string PolicyName = "scripted";

    private int _pickers;

    /// <summary>Chooses among the candidates; the first one where it says nothing else.</summary>
    public Func<ImmutableArray<Candidate>, int> OnPick { get; set; } = _ => 0;

    /// <summary>Runs when a picker is made.</summary>
    public Action OnCreate { get; set; } = () => { };

    public int Pickers => Volatile.Read(ref _pickers);

    public string Name => PolicyName;

    /// <summary>Options under which a client knows it.</summary>
    public MusterClientOptions Options => new()
    {
        Seed = 1,
        Policies = ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>>.Empty.Add(PolicyName, _ => this),
    };

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates)
    {
        Interlocked.Increment(ref _pickers);
        OnCreate();
        return new Scripted(this, candidates);
    }

    private sealed class Scripted(ScriptedPolicy policy, ImmutableArray<Candidate> candidates) : IPicker
    {
        public int Pick(in PickContext context) => policy.OnPick(candidates);
    }
}
