using Muster.Client.Balancing;

namespace Muster.Client.Tests.Balancing;

public sealed class PickerTests
{
    private const int Draws = 100_000;

    public static TheoryData<string> AllPolicies => [.. BuiltInPolicies.Names];

    [Theory]
    [MemberData(nameof(AllPolicies))]
    public void Name_OfEachPolicy_IsTheOneItWasAskedBy(string name) =>
        Assert.Equal(name, new Picks(name, 1).Policy.Name);

    [Theory]
    [MemberData(nameof(AllPolicies))]
    public void Pick_OneCandidate_IsIt(string name)
    {
        var picks = new Picks(name, 1);
        Assert.Equal([1000], picks.Call(1000));
    }

    [Theory]
    [MemberData(nameof(AllPolicies))]
    public void Pick_SameSeed_SamePicks(string name)
    {
        int[] Sequence() => [.. Enumerable.Repeat(new Picks(name, 7, seed: 42), 200).Select(p => p.Send())];
        Assert.Equal(Sequence(), Sequence());
    }

    // One keeps to its choice, the other to its ring.
    public static TheoryData<string> SpreadingPolicies =>
        [.. BuiltInPolicies.Names.Except([PolicyNames.PickFirst, PolicyNames.RingHash])];

    [Theory]
    [MemberData(nameof(SpreadingPolicies))]
    public void Pick_AllAlike_SpreadsEvenly(string name)
    {
        var picks = new Picks(name, 8);
        AssertSpread(picks.Call(Draws), [1, 1, 1, 1, 1, 1, 1, 1]);
    }

    [Theory]
    [MemberData(nameof(AllPolicies))]
    public void Pick_Any_AllocatesNothing(string name)
    {
        var picks = new Picks(name, 40);
        picks.Report(3, 0.5);
        picks.Call(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            picks.Next();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void WeightedRandom_Weights_ShareInProportion()
    {
        int[] weights = [1, 2, 3, 10, 84];
        var picks = new Picks(PolicyNames.WeightedRandom, [.. weights.Select((w, i) => Picks.Instance(i, w))]);
        AssertSpread(picks.Call(Draws), weights);
    }

    [Fact]
    public void WeightedRandom_ExtremeWeights_ShareInProportion()
    {
        int[] weights = [1, 10_000, 10_000, 1];
        var picks = new Picks(PolicyNames.WeightedRandom, [.. weights.Select((w, i) => Picks.Instance(i, w))]);
        AssertSpread(picks.Call(2_000_000), weights);
    }

    [Fact]
    public void RoundRobin_Candidates_TakeTurns()
    {
        var picks = new Picks(PolicyNames.RoundRobin, 5);
        var first = picks.Next();
        for (var i = 1; i < 20; i++)
        {
            Assert.Equal((first + i) % 5, picks.Next());
        }
    }

    [Fact]
    [Trait("pitfall", "turns-reset")]
    public void RoundRobin_ManyClients_StartAnywhere()
    {
        var starts = new int[10];
        for (ulong seed = 0; seed < 10_000; seed++)
        {
            starts[new Picks(PolicyNames.RoundRobin, 10, seed).Next()]++;
        }

        AssertSpread(starts, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    }

    // A list that changes with every pick must not send every call to the same place.
    [Fact]
    [Trait("pitfall", "turns-reset")]
    public void RoundRobin_RebuiltBeforeEachPick_GoesOn()
    {
        var picks = new Picks(PolicyNames.RoundRobin, 4);
        var counts = new int[4];
        for (var i = 0; i < 4000; i++)
        {
            picks.Rebuild(picks.Candidates);
            counts[picks.Next()]++;
        }

        Assert.Equal([1000, 1000, 1000, 1000], counts);
    }

    // The first pick after a change must not be the same each time.
    [Fact]
    [Trait("pitfall", "first-pick-bias")]
    public void WeightedRoundRobin_RebuiltBeforeEachPick_KeepsToTheWeights()
    {
        var picks = new Picks(PolicyNames.WeightedRoundRobin, [.. Enumerable.Range(0, 4).Select(i => Picks.Instance(i, i + 1))]);
        var counts = new int[4];
        for (var i = 0; i < 10_000; i++)
        {
            picks.Rebuild(picks.Candidates);
            counts[picks.Next()]++;
        }

        Assert.All(counts.Index(), c => Assert.InRange(c.Item, ((c.Index + 1) * 1000) - 5, ((c.Index + 1) * 1000) + 5));
    }

    // Neither as quick as nothing, which would flood it, nor as slow as some fixed figure, which would starve it.
    [Fact]
    [Trait("pitfall", "idle-newcomer")]
    public void PeakEwma_OneWasNeverTimed_IsTakenToBeAsFastAsTheOther()
    {
        var picks = new Picks(PolicyNames.PeakEwma, 2);
        picks.Candidates[0].Statistics.OnSent();
        picks.Candidates[0].Statistics.OnEnded(AttemptResult.Success, picks.Now, TimeSpan.FromMilliseconds(100));
        AssertSpread(picks.Call(1000), [1, 1]);
    }

    // With replacement the busier of two would get a quarter.
    [Fact]
    [Trait("pitfall", "same-candidate-twice")]
    public void LeastRequest_TwoCandidates_NeverTakesTheBusier()
    {
        var picks = new Picks(PolicyNames.LeastRequest, 2);
        picks.Candidates[1].Statistics.OnSent();
        Assert.Equal([10_000, 0], picks.Call(10_000));
    }

    [Fact]
    public void LeastRequest_OneBusy_LosesEveryComparison()
    {
        var picks = new Picks(PolicyNames.LeastRequest, 10);
        picks.Candidates[4].Statistics.OnSent();
        var counts = picks.Call(Draws);
        Assert.Equal(0, counts[4]);
        AssertSpread([.. counts.Where((_, i) => i != 4)], [1, 1, 1, 1, 1, 1, 1, 1, 1]);
    }

    [Fact]
    [Trait("pitfall", "fast-failure-black-hole")]
    public void LeastRequest_OneFails_CountsAsBusier()
    {
        var picks = new Picks(PolicyNames.LeastRequest, 2);
        for (var i = 0; i < 2; i++)
        {
            picks.Candidates[1].Statistics.OnSent();
            picks.Candidates[1].Statistics.OnEnded(AttemptResult.Failure, picks.Now, null);
        }

        Assert.Equal([100, 0], picks.Call(100));
    }

    [Fact]
    public void LeastRequest_CallsThatNeverEnd_LevelOut()
    {
        var picks = new Picks(PolicyNames.LeastRequest, 10);
        for (var i = 0; i < 1000; i++)
        {
            picks.Send();
        }

        // Two choices keep the gap between the fullest and the mean at log log n, whatever the number of calls.
        Assert.All(picks.Candidates, c => Assert.InRange(c.Statistics.InFlight, 95, 104));
    }

    /// <summary>Chi-square against the expected shares, at a bound that a fair run passes by far: mean k−1, and 1 in 10⁶ beyond
    /// k−1 + 7√(2(k−1)). Seeds are fixed, so a run that passes once passes always.</summary>
    private static void AssertSpread(int[] counts, int[] shares)
    {
        double total = counts.Sum();
        var expected = shares.Select(s => total * s / shares.Sum()).ToArray();
        var chiSquare = counts.Zip(expected, (count, e) => (count - e) * (count - e) / e).Sum();
        var freedom = counts.Length - 1;
        Assert.True(chiSquare < freedom + (7 * Math.Sqrt(2 * freedom)),
            $"chi-square {chiSquare:0.0} over {freedom} degrees of freedom: {string.Join(", ", counts)}");
    }
}
