using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

/// <summary>Drives the shipped pickers as the handler does, on seeds and a clock that the test moves.</summary>
internal sealed class Picks
{
    public Picks(string policy, int count, ulong seed = 1)
        : this(policy, [.. Enumerable.Range(0, count).Select(i => Instance(i))], seed)
    {
    }

    public Picks(string policy, ImmutableArray<Candidate> candidates, ulong seed = 1)
    {
        Random = new PickRandom(seed);
        Assert.True(BuiltInPolicies.TryCreate(policy, Random, out var created));
        Policy = created;
        Candidates = candidates;
        Picker = created.CreatePicker(candidates);
    }

    public PickRandom Random { get; }

    public IBalancingPolicy Policy { get; }

    public ImmutableArray<Candidate> Candidates { get; private set; }

    public IPicker Picker { get; private set; }

    public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

    public static Candidate Instance(int index, int weight = 1) => new($"i{index:00}", weight, "", new InstanceStatistics());

    public void Rebuild(ImmutableArray<Candidate> candidates)
    {
        Candidates = candidates;
        Picker = Policy.CreatePicker(candidates);
    }

    public void Report(int index, double cpu) =>
        Candidates[index].Statistics.OnReport(new LoadReport { CpuUtilization = cpu }, Now);

    /// <summary>Reports requests in flight, and how long they take where that is known.</summary>
    public void ReportInFlight(int index, double inFlight, double? milliseconds = null)
    {
        var named = new LoadReport().Named.Add("rif", inFlight);
        named = milliseconds is { } time ? named.Add("lat_ms", time) : named;
        Candidates[index].Statistics.OnReport(new LoadReport { Named = named }, Now);
    }

    public int Next(ulong? affinity = null) => Picker.Pick(new PickContext(Now, Random, affinity));

    /// <summary>Picks and sends; the call stays in flight.</summary>
    public int Send(ulong? affinity = null)
    {
        var index = Next(affinity);
        Candidates[index].Statistics.OnSent();
        return index;
    }

    /// <summary>Asks whom to probe, after a pick.</summary>
    public int[] Probes()
    {
        var targets = new int[IProbingPicker.ProbesPerCallMax];
        var count = Assert.IsAssignableFrom<IProbingPicker>(Picker).ChooseProbes(new PickContext(Now, Random), targets);
        return targets[..count];
    }

    /// <summary>Picks, sends and ends, many times.</summary>
    /// <returns>Calls by candidate.</returns>
    public int[] Call(int times)
    {
        var counts = new int[Candidates.Length];
        for (var i = 0; i < times; i++)
        {
            var index = Send();
            Candidates[index].Statistics.OnEnded(AttemptResult.Success, Now, null);
            counts[index]++;
        }

        return counts;
    }
}
