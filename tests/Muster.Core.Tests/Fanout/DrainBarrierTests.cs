using Muster.Core.Fanout;
using Muster.Core.Model;

namespace Muster.Core.Tests.Fanout;

public class DrainBarrierTests
{
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(7);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public void Begin_NobodyWatches_IsOverAtOnce()
    {
        var barrier = Begin();

        Assert.True(barrier.IsOver);
        Assert.Equal(0, barrier.Outcome.AcknowledgedCount);
        Assert.Empty(barrier.Outcome.Laggards);
    }

    [Fact]
    public void Acknowledge_ByTheLastOne_EndsItOnce()
    {
        var barrier = Begin(Watcher(1), Watcher(2));

        Assert.False(barrier.Acknowledge(1, new Revision(9)));
        Assert.False(barrier.Acknowledge(1, new Revision(10)));
        Assert.True(barrier.Acknowledge(2, new Revision(9)));
        Assert.False(barrier.Acknowledge(2, new Revision(10)));

        Assert.Equal(2, barrier.Outcome.AcknowledgedCount);
        Assert.Empty(barrier.Outcome.Laggards);
    }

    [Fact]
    public void Acknowledge_OlderRevision_IsNotEnough()
    {
        var barrier = Begin(Watcher(1, awaited: 9));

        Assert.False(barrier.Acknowledge(1, new Revision(8)));
        Assert.False(barrier.IsOver);
        Assert.True(barrier.Acknowledge(1, new Revision(12)));
    }

    [Fact]
    public void Acknowledge_EachWatcherHasItsOwnRevision()
    {
        var barrier = Begin(Watcher(1, awaited: 9), Watcher(2, awaited: 4));

        Assert.False(barrier.Acknowledge(2, new Revision(4)));
        Assert.False(barrier.Acknowledge(1, new Revision(4)));
        Assert.True(barrier.Acknowledge(1, new Revision(9)));
    }

    [Fact]
    public void Acknowledge_ByAStranger_ChangesNothing()
    {
        var barrier = Begin(Watcher(1));

        Assert.False(barrier.Acknowledge(77, new Revision(9)));
        Assert.Equal(0, barrier.Outcome.AcknowledgedCount);
    }

    [Fact]
    public void Begin_SimpleStream_IsNamedAndNotWaitedFor()
    {
        var barrier = Begin(Watcher(1), new DrainWatcher(2, "script", CanAcknowledge: false, new Revision(9)));

        Assert.True(barrier.Acknowledge(1, new Revision(9)));

        Assert.Equal(new DrainLaggard("script", DrainSilence.SimpleStream), Assert.Single(barrier.Outcome.Laggards));
    }

    [Fact]
    public void Tick_AtTheDeadlineNotBefore_NamesWhoIsSilent()
    {
        var barrier = Begin(Watcher(1), Watcher(2), Watcher(3));
        barrier.Acknowledge(2, new Revision(9));

        Assert.False(barrier.Tick(Start + Patience - TimeSpan.FromTicks(1)));
        Assert.True(barrier.Tick(Start + Patience));

        Assert.Equal(1, barrier.Outcome.AcknowledgedCount);
        Assert.Equal(
            [new DrainLaggard("watcher 1", DrainSilence.Silent), new DrainLaggard("watcher 3", DrainSilence.Silent)],
            barrier.Outcome.Laggards);
        Assert.False(barrier.Tick(Start + Patience));
        Assert.False(barrier.Acknowledge(1, new Revision(9)));
    }

    [Fact]
    public void Leave_BeforeItAcknowledged_IsNamedAndEndsTheWaitForIt()
    {
        var barrier = Begin(Watcher(1), Watcher(2));
        barrier.Acknowledge(1, new Revision(9));

        Assert.False(barrier.Leave(1));
        Assert.True(barrier.Leave(2));

        Assert.Equal(1, barrier.Outcome.AcknowledgedCount);
        Assert.Equal(new DrainLaggard("watcher 2", DrainSilence.Left), Assert.Single(barrier.Outcome.Laggards));
    }

    [Fact]
    public void Begin_WithoutPatience_EndsWithTheFirstTick()
    {
        var barrier = new DrainBarrier([Watcher(1)], Start, TimeSpan.Zero);

        Assert.False(barrier.IsOver);
        Assert.True(barrier.Tick(Start));
    }

    private static DrainBarrier Begin(params DrainWatcher[] watchers) => new(watchers, Start, Patience);

    private static DrainWatcher Watcher(long id, ulong awaited = 9) => new(id, $"watcher {id}", CanAcknowledge: true, new Revision(awaited));
}
