using System.Collections.Immutable;
using Muster.Client.Balancing;

namespace Muster.Client.Tests.Balancing;

/// <summary>What the two policies promise alike that place calls by the hash of what they belong to.</summary>
public abstract class HashPlacement(string policy)
{
    /// <summary>Keys as the handler makes them: hashes.</summary>
    private protected static readonly ImmutableArray<ulong> Keys = [.. Enumerable.Range(1, 20_000).Select(i => PickRandom.Mix((ulong)i))];

    [Fact]
    public void Pick_SameKeyInAnotherProcess_IsTheSameInstance()
    {
        var other = Fleet(10);
        other.Now += TimeSpan.FromHours(1);
        Assert.Equal(Owners(Fleet(10)), Owners(other));
    }

    [Fact]
    public void Pick_CandidatesInAnotherOrder_ChangesNothing()
    {
        var ids = Fleet(10).Candidates;
        Assert.Equal(Owners(new Picks(policy, ids)), Owners(new Picks(policy, [.. ids.Reverse()])));
    }

    [Fact]
    public void Pick_OneComes_TakesNothingButWhatIsItsOwn()
    {
        var (before, after) = (Owners(Fleet(10)), Owners(Fleet(11)));
        Assert.All(
            before.Zip(after).Where(m => m.First != m.Second && m.Second != "i10").CountBy(m => m.First),
            moved => Assert.InRange(moved.Value, 0, MovedBesidesMax));
    }

    // All calls of one key, none of which ends: each instance fills up to its bound, and then the next one.
    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 2, 3, 4, 5)]
    public void Pick_PopularKey_NobodyHasMoreThanAQuarterAboveItsShare(params int[] weights)
    {
        var picks = Fleet(weights);
        for (var sent = 1; sent <= 1000; sent++)
        {
            var index = picks.Send(Keys[0]);
            Assert.InRange(
                picks.Candidates[index].Statistics.InFlight, 1, Math.Ceiling(1.25 * sent * weights[index] / weights.Sum()));
        }

        // 1.25 of a fifth each: the last of five gets nothing.
        Assert.True(weights[^1] > 1 || picks.Candidates.Select(c => c.Statistics.InFlight).Order().SequenceEqual([0, 250, 250, 250, 250]));
    }

    [Fact]
    public void Pick_PopularKey_PassesOnTheSameWayInEachProcess()
    {
        int[] Sends(Picks picks) => [.. Enumerable.Range(0, 100).Select(_ => picks.Send(Keys[0]))];
        Assert.Equal(Sends(Fleet(10)), Sends(Fleet(10, seed: 2)));
    }

    [Fact]
    public void Pick_CallsEnd_ComeBack()
    {
        var picks = Fleet(10);
        var owner = picks.Next(Keys[0]);
        picks.Candidates[owner].Statistics.OnSent();
        picks.Candidates[owner].Statistics.OnSent();
        Assert.NotEqual(owner, picks.Next(Keys[0]));
        picks.Candidates[owner].Statistics.OnWithdrawn();
        picks.Candidates[owner].Statistics.OnWithdrawn();
        Assert.Equal(owner, picks.Next(Keys[0]));
    }

    // 1.25 × (4 × 200 + 1) / 200 is 5.006: with five in flight there is room for one more. Who cannot sum all looks at some.
    [Fact]
    public void Pick_MoreCandidatesThanAreSummed_AreBoundedByWhatSomeHave()
    {
        var picks = Fleet(200);
        foreach (var candidate in picks.Candidates)
        {
            for (var i = 0; i < 4; i++)
            {
                candidate.Statistics.OnSent();
            }
        }

        var owner = picks.Send(Keys[0]);
        Assert.Equal(owner, picks.Send(Keys[0]));
        Assert.NotEqual(owner, picks.Send(Keys[0]));
    }

    [Fact]
    public void Pick_NoKey_GoesAnywhereByWeight()
    {
        var counts = Fleet(1, 2, 3, 4).Call(20_000);
        Assert.All(counts.Index(), c => Assert.InRange(c.Item / (2000.0 * (c.Index + 1)), 0.85, 1.15));
    }

    /// <summary>How many of the keys of one that stays move to others that stay when one of eleven comes or goes.</summary>
    private protected abstract int MovedBesidesMax { get; }

    private protected Picks Fleet(int count, ulong seed = 1) => new(policy, count, seed);

    private protected Picks Fleet(params int[] weights) => new(policy, [.. weights.Select((w, i) => Picks.Instance(i, w))]);

    /// <summary>Whose each key is, with nothing in flight.</summary>
    private protected static string[] Owners(Picks picks) => [.. Keys.Select(k => picks.Candidates[picks.Next(k)].Id)];
}
