using Muster.Client.Balancing;
using Muster.Client.Discovery;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

public sealed class CallNewsTests : IDisposable
{
    private readonly List<bool> _news = [];
    private readonly CallNews _hears;
    private readonly FleetRig _rig;

    public CallNewsTests()
    {
        _hears = new CallNews(_news.Add);
        _rig = new FleetRig(news: _hears);
    }

    [Fact]
    public void OnEnded_ManyCalls_AreNewsOnceUntilSomebodyTakesIt()
    {
        _rig.Show(1);
        _rig.Call(_rig.Balancer(), 10);
        Assert.Equal([false], _news);
        _hears.Take();
        _rig.End(FleetRig.Send(_rig.Balancer()), AttemptResult.Cancelled);
        Assert.Equal([false], _news);
        _rig.Call(_rig.Balancer(), 1);
        Assert.Equal([false, false], _news);
    }

    [Fact]
    public void Breaker_OpensTriesAndCloses_IsUrgentEachTime()
    {
        _rig.Show(4);
        var balancer = _rig.Balancer(PolicyNames.RoundRobin);
        Heard(() => _rig.Fail("b"));
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        var members = Heard(() => Enumerable.Range(0, 4).Select(_ => FleetRig.Send(balancer)).ToList());
        Heard(() => members.ForEach(m => _rig.End(m)));
        Assert.Equal(BreakerState.Closed, Health()[1].State);
        Heard(() => _rig.Fleet.OnConnectFailed(_rig.Member("c"), new IOException("refused")));
        Assert.Equal("no connection could be made", Health()[2].Reason);
        Heard(() => _rig.Fleet.OnAnswered(_rig.Member("c")));
    }

    [Fact]
    public void Breaker_OutlierIsFound_IsUrgent()
    {
        _rig.Show(10);
        var balancer = _rig.Balancer();
        foreach (var member in _rig.Fleet.Roster.Members)
        {
            for (var i = 0; i < 400; i++)
            {
                Assert.True(member.TryBegin());
                _rig.End(member, member.Id == "c" && i % 4 != 0 ? AttemptResult.Failure : AttemptResult.Success);
            }
        }

        _rig.Clock.Advance(TimeSpan.FromSeconds(10));
        Heard(() => FleetRig.Send(balancer));
        Assert.Equal("its success rate was far below that of the others", Health()[2].Reason);
    }

    [Fact]
    public void Text_EveryReason_IsASentence() => Assert.All(
        Enum.GetValues<BreakerReason>(), reason => Assert.Equal(reason == BreakerReason.None, BreakerReasons.Text(reason) is null));

    public void Dispose() => _rig.Dispose();

    private IReadOnlyList<InstanceHealth> Health() => _rig.Fleet.Health(_rig.Now);

    private void Heard(Action change) => Heard(() =>
    {
        change();
        return true;
    });

    private T Heard<T>(Func<T> change)
    {
        _hears.Take();
        _news.Clear();
        var result = change();
        Assert.Contains(true, _news);
        return result;
    }
}
