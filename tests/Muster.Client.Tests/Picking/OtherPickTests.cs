using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Tests.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

/// <summary>Where a call goes on that failed, or takes long: to another instance, from the pickers that there are.</summary>
public sealed class OtherPickTests : IDisposable
{
    private readonly ScriptedPolicy _policy = new();
    private readonly FleetRig _rig;

    public OtherPickTests() => _rig = new FleetRig(_policy.Options);

    public static TheoryData<string> Policies => [.. BuiltInPolicies.Names];

    // A picker may cost as much as sorting the whole service, and everybody asks for one at once when all calls fail.
    [Fact]
    public void PickOther_WhoeverIsLeft_MakesNoPicker()
    {
        _rig.Show(Instances.At(1, "a"), Instances.At(2, "b"), Instances.At(3, "c"), Instances.At(4, "d", health: Health.Degraded));
        var balancer = _rig.Balancer(ScriptedPolicy.PolicyName);
        var before = _policy.Pickers;
        var tried = new List<Member>();
        while (balancer.TryPickOther(tried, null, wellOnly: true, out var target, out _))
        {
            Assert.DoesNotContain(target.Member, tried);
            tried.Add(target.Member);
        }

        Assert.Equal(4, tried.Count);
        Assert.Equal("d", tried[3].Id);
        Assert.Equal(before, _policy.Pickers);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void PickOther_AnyPolicy_GoesToEachOnceAndThenToNobody(string policy)
    {
        _rig.Show(12);
        var balancer = _rig.Balancer(policy);
        var tried = new List<Member> { FleetRig.Send(balancer, affinity: 17) };
        while (balancer.TryPickOther(tried, affinity: 17, wellOnly: false, out var target, out _))
        {
            Assert.DoesNotContain(target.Member, tried);
            tried.Add(target.Member);
        }

        Assert.Equal(12, tried.Count);
        Assert.False(balancer.CanPickOther(tried, _rig.Now));
        Assert.False(balancer.HasOther(tried, _rig.Now));
    }

    [Fact]
    public void PickOther_PolicyInsistsOnTheTried_GoesToWhoHasTheLeastToDo()
    {
        _rig.Show(4);
        var balancer = _rig.Balancer(ScriptedPolicy.PolicyName);
        foreach (var busy in new[] { "b", "b", "d" })
        {
            _rig.Member(busy).Statistics.OnSent();
        }

        Assert.Equal("c", Other(balancer, "a"));
    }

    // A newcomer has nothing in flight, and is not to get all that fails elsewhere.
    [Fact]
    public void PickOther_Newcomer_IsNotWhoHasTheLeastToDo()
    {
        _rig.Show(5);
        _rig.Show(6);
        var balancer = _rig.Balancer(ScriptedPolicy.PolicyName);
        foreach (var busy in "bbbcccccdddddeeeee")
        {
            _rig.Member($"{busy}").Statistics.OnSent();
        }

        Assert.Equal("b", Other(balancer, "a"));
    }

    [Fact]
    public void PickOther_OnlyWellOnes_LeavesOutWhoIsSetAsideInAPanicToo()
    {
        _rig.Show(4);
        var balancer = _rig.Balancer(ScriptedPolicy.PolicyName);
        _rig.Fail("b");
        _rig.Fail("c");
        _rig.Fail("d");
        Assert.Equal(4, balancer.Selection.Targets.Count());
        Assert.False(balancer.TryPickOther([_rig.Member("a")], null, wellOnly: true, out _, out _));
        Assert.True(balancer.TryPickOther([_rig.Member("a")], null, wellOnly: false, out _, out _));
        Assert.True(balancer.CanPickOther([_rig.Member("a")], _rig.Now));
        Assert.Equal("a", Other(balancer, "b", wellOnly: true));
    }

    // Each time another one would be a connection each time.
    [Fact]
    public void PickOther_PickFirst_GoesToTheSameNextAndKeepsTheFirst()
    {
        _rig.Show(10);
        var balancer = _rig.Balancer(PolicyNames.PickFirst);
        var first = FleetRig.Send(balancer);
        var next = Enumerable.Range(0, 20).Select(_ => Other(balancer, first.Id)).Distinct().ToList();
        Assert.NotEqual(first.Id, Assert.Single(next));

        // Another list, for which pickers are made: it is not the retries that decide where calls start.
        _rig.Show(11);
        Assert.Equal(first, FleetRig.Send(balancer));

        // Had the first gone, they would start at its next.
        _rig.Show([.. Enumerable.Range(0, 10).Where(i => FleetRig.Id(i) != first.Id).Select(i => Instances.At(1 + i, FleetRig.Id(i)))]);
        Assert.Equal(next[0], FleetRig.Send(balancer).Id);
    }

    // What belongs together stays together when its instance fails: where it would be if that one had gone.
    [Theory]
    [InlineData(PolicyNames.RingHash)]
    [InlineData(PolicyNames.Rendezvous)]
    public void PickOther_KeyOfAnInstance_GoesWhereItWouldWithoutIt(string policy)
    {
        // So many that a ring has one point for each, with any one of them or without.
        const int Count = 1100;
        var candidates = Enumerable.Range(0, Count)
            .Select(i => new Candidate(FleetRig.Id(i), 1, "", new InstanceStatistics())).ToImmutableArray();
        Assert.True(BuiltInPolicies.TryCreate(policy, new PickRandom(1), out var made));
        var whole = Assert.IsAssignableFrom<IRankingPicker>(made.CreatePicker(candidates));
        for (ulong key = 0; key < 20; key++)
        {
            var context = new PickContext(TimeSpan.Zero, new PickRandom(1), key);
            var first = whole.Pick(context);
            var next = whole.PickNext(context, [first]);
            var left = candidates.RemoveAt(first);
            Assert.Equal(left[made.CreatePicker(left).Pick(context)], candidates[next]);
        }
    }

    [Theory]
    [InlineData(PolicyNames.PickFirst)]
    [InlineData(PolicyNames.RingHash)]
    [InlineData(PolicyNames.Rendezvous)]
    public void PickNext_AllTried_IsNobody(string policy)
    {
        Assert.True(BuiltInPolicies.TryCreate(policy, new PickRandom(1), out var made));
        var picker = Assert.IsAssignableFrom<IRankingPicker>(made.CreatePicker(
            [new Candidate("a", 1, "", new InstanceStatistics()), new Candidate("b", 1, "", new InstanceStatistics())]));
        Assert.Equal(-1, picker.PickNext(new PickContext(TimeSpan.Zero, new PickRandom(1), 17), [0, 1]));
    }

    public void Dispose() => _rig.Dispose();

    private string Other(Balancer balancer, string tried, bool wellOnly = false)
    {
        Assert.True(balancer.TryPickOther([_rig.Member(tried)], null, wellOnly, out var target, out _));
        target.Member.Withdraw();
        return target.Member.Id;
    }
}
