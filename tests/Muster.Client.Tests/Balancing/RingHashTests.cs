using Muster.Client.Balancing;

namespace Muster.Client.Tests.Balancing;

/// <summary>What ring_hash promises.</summary>
public sealed class RingHashTests() : HashPlacement(PolicyNames.RingHash)
{
    // An eleventh takes about 180 of each one's 2,000 keys; with it each has 372 points where it had 410, a tenth less.
    private protected override int MovedBesidesMax => 300;

    // Own keys, and at most as many again: of those that stay each has a ninth more points.
    [Fact]
    public void Pick_OneGoes_MovesTwiceItsShareAtMost()
    {
        var fleet = Fleet(10);
        var before = Owners(fleet);
        fleet.Rebuild(fleet.Candidates.RemoveAt(3));
        var moved = before.Zip(Owners(fleet)).Count(m => m.First != m.Second);
        Assert.InRange(moved, 0.9 * Keys.Length / 10, 2.2 * Keys.Length / 10);
    }

    // One of a thousandth of the weight must not decide how many points all the others have.
    [Fact]
    public void Pick_CanaryOfAThousandthComes_MovesAThousandth()
    {
        var (before, after) = (Owners(Fleet([.. Enumerable.Repeat(100, 10)])), Owners(Fleet([.. Enumerable.Repeat(100, 10), 1])));
        Assert.InRange(before.Zip(after).Count(m => m.First != m.Second), 1, 0.01 * Keys.Length);
    }

    // One point each, for ever: nothing changes for those that stay.
    [Fact]
    public void Pick_MoreCandidatesThanPoints_MovesWhatWasItsOwnAndNothingElse()
    {
        var fleet = Fleet(5000);
        var before = Owners(fleet);
        var gone = before[0];
        fleet.Rebuild(fleet.Candidates.RemoveAll(c => c.Id == gone));
        Assert.Equal(before.Select(id => id == gone), before.Zip(Owners(fleet), (b, a) => b != a));
    }

    // Points lie by chance: with 410 of them a share is right to within a twentieth.
    [Fact]
    public void Pick_Weights_HaveKeysInProportion()
    {
        var counts = Owners(Fleet(1, 2, 3, 4)).CountBy(id => id).ToDictionary();
        Assert.All(Enumerable.Range(0, 4), i => Assert.InRange(counts[$"i{i:00}"] / (2000.0 * (i + 1)), 0.85, 1.15));
    }

    // The points of each lie between those of all others: what one has no room for is not left to a single other one.
    [Fact]
    public void Pick_OwnerHasNoRoom_PassesOnToAllOthers()
    {
        var fleet = Fleet(10);
        fleet.Candidates[3].Statistics.OnSent();
        fleet.Candidates[3].Statistics.OnSent();
        var heirs = Keys.Zip(Owners(Fleet(10))).Where(k => k.Second == "i03").CountBy(k => fleet.Next(k.First)).ToList();
        Assert.Equal(9, heirs.Count);
        Assert.All(heirs, h => Assert.InRange(h.Value / (heirs.Sum(x => x.Value) / 9.0), 0.4, 1.7));
    }
}
