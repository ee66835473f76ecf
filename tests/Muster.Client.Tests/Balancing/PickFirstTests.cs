using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Client.Tests.Picking;

namespace Muster.Client.Tests.Balancing;

/// <summary>What pick_first promises.</summary>
public sealed class PickFirstTests
{
    private static readonly ImmutableArray<Candidate> Ten = [.. Enumerable.Range(0, 10).Select(i => Picks.Instance(i))];

    [Fact]
    public void Pick_AllCalls_GoToOne()
    {
        var picks = new Picks(PolicyNames.PickFirst, Ten);
        var first = picks.Next();
        Assert.Equal(1000, picks.Call(1000)[first]);
    }

    [Fact]
    public void Pick_OthersComeAndGo_Stays()
    {
        var picks = new Picks(PolicyNames.PickFirst, [.. Ten[..5]]);
        var first = Chosen(picks);
        picks.Rebuild(Ten);
        Assert.Equal(first, Chosen(picks));
        picks.Rebuild([.. Ten.Where((c, i) => c.Id == first || i > 4)]);
        Assert.Equal(first, Chosen(picks));
    }

    [Fact]
    public void Pick_ItsChoiceWasGoneForAWhile_DoesNotGoBack()
    {
        var picks = new Picks(PolicyNames.PickFirst, Ten);
        picks.Rebuild(Without(Ten, Chosen(picks)));
        var next = Chosen(picks);
        picks.Rebuild(Ten);
        Assert.Equal(next, Chosen(picks));
    }

    // One bad answer is no reason to give a connection up; being set aside is.
    [Fact]
    public void Pick_CallFailedAndWentOn_OthersStayUntilItIsSetAside()
    {
        using var rig = new FleetRig();
        rig.Show(4);
        var balancer = rig.Balancer(PolicyNames.PickFirst);
        var first = FleetRig.Send(balancer);
        Assert.True(balancer.TryPickOther([first], null, wellOnly: false, out var second, out _));
        Assert.Equal(first, FleetRig.Send(balancer));
        rig.Fail(first.Id);
        Assert.Equal(second.Member, FleetRig.Send(balancer));
    }

    [Fact]
    public void Pick_ManyProcesses_DoNotAllTakeTheSame()
    {
        var counts = new int[10];
        for (ulong seed = 0; seed < 10_000; seed++)
        {
            counts[new Picks(PolicyNames.PickFirst, Ten, seed).Next()]++;
        }

        Assert.All(counts, count => Shares.AssertBinomial(0.1, 10_000, count));
    }

    // The order that a process has of ten is, without one of them, its order of the other nine.
    [Fact]
    public void Pick_OneIsMissing_LeavesTheOrderOfTheOthers()
    {
        var order = Order(Ten);
        Assert.All(Ten, missing => Assert.Equal(order.Remove(missing.Id), Order(Without(Ten, missing.Id))));
    }

    private static ImmutableArray<string> Order(ImmutableArray<Candidate> candidates)
    {
        var picks = new Picks(PolicyNames.PickFirst, candidates);
        var order = ImmutableArray.CreateBuilder<string>();
        order.Add(Chosen(picks));
        while (order.Count < candidates.Length)
        {
            picks.Rebuild(Without(picks.Candidates, order[^1]));
            order.Add(Chosen(picks));
        }

        return order.ToImmutable();
    }

    private static string Chosen(Picks picks) => picks.Candidates[picks.Next()].Id;

    private static ImmutableArray<Candidate> Without(ImmutableArray<Candidate> candidates, string id) =>
        [.. candidates.Where(c => c.Id != id)];
}
