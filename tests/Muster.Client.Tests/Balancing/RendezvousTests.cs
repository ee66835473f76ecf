using Muster.Client.Balancing;
using Muster.Client.Tests.Picking;

namespace Muster.Client.Tests.Balancing;

/// <summary>What rendezvous promises.</summary>
public sealed class RendezvousTests() : HashPlacement(PolicyNames.Rendezvous)
{
    private protected override int MovedBesidesMax => 0;

    // The highest hash of the others does not depend on the one that goes.
    [Fact]
    public void Pick_OneGoes_MovesWhatWasItsOwnAndNothingElse()
    {
        var fleet = Fleet(10);
        var before = Owners(fleet);
        fleet.Rebuild(fleet.Candidates.RemoveAt(3));
        var after = Owners(fleet);

        Assert.Equal(before.Select(id => id == "i03"), before.Zip(after, (b, a) => b != a));
        var heirs = before.Zip(after).Where(m => m.First == "i03").CountBy(m => m.Second).ToList();
        Assert.Equal(9, heirs.Count);
        Assert.All(heirs, h => Shares.AssertBinomial(1 / 9.0, heirs.Sum(x => x.Value), h.Value));
    }

    [Fact]
    public void Pick_Weights_HaveKeysInProportion()
    {
        int[] weights = [1, 2, 7, 90];
        var counts = Owners(Fleet(weights)).CountBy(id => id).ToDictionary();
        Assert.All(weights.Index(), w => Shares.AssertBinomial(w.Item / 100.0, Keys.Length, counts[$"i{w.Index:00}"]));
    }

    // A key's scores grow with the weight and nothing else.
    [Fact]
    public void Pick_WeightIsLowered_MovesKeysAwayFromItOnly()
    {
        var (before, after) = (Owners(Fleet(2, 2, 2, 2)), Owners(Fleet(1, 2, 2, 2)));
        var moved = before.Zip(after).Where(m => m.First != m.Second).ToList();
        Assert.All(moved, m => Assert.Equal("i00", m.First));
        Shares.AssertBinomial((1 / 4.0) - (1 / 7.0), Keys.Length, moved.Count);
    }

    [Fact]
    public void Pick_OwnerHasNoRoom_PassesOnToWhoWouldHaveItWithoutIt()
    {
        var fleet = Fleet(10);
        foreach (var key in Keys.Take(1000))
        {
            var (all, owner) = (fleet.Candidates, fleet.Next(key));
            all[owner].Statistics.OnSent();
            all[owner].Statistics.OnSent();
            var next = all[fleet.Next(key)].Id;
            all[owner].Statistics.OnWithdrawn();
            all[owner].Statistics.OnWithdrawn();

            fleet.Rebuild(all.RemoveAt(owner));
            Assert.Equal(fleet.Candidates[fleet.Next(key)].Id, next);
            fleet.Rebuild(all);
        }
    }
}
