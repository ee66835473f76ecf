using Muster.Client.Balancing;
using Muster.Samples.Demo.Traffic;
using Muster.Testing;

namespace Muster.EndToEnd.Demo;

public sealed class CallLogTests
{
    [Fact]
    public void LastPickAfter_PickedAfterTheMoment_IsTheTimeBetween()
    {
        var clock = new ManualTimeProvider();
        var log = new CallLog(clock);
        log.OnPicked("sum", "worker-1");
        var moment = clock.GetTimestamp();

        clock.Advance(TimeSpan.FromMilliseconds(3));
        log.OnPicked("increment", "worker-1");
        clock.Advance(TimeSpan.FromMilliseconds(3));
        log.OnPicked("sum", "worker-2");

        Assert.Equal(TimeSpan.FromMilliseconds(3), log.LastPickAfter("worker-1", moment));
    }

    [Fact]
    public void LastPickAfter_NotPickedSince_IsZero()
    {
        var clock = new ManualTimeProvider();
        var log = new CallLog(clock);
        log.OnPicked("sum", "worker-1");

        clock.Advance(TimeSpan.FromMilliseconds(3));

        Assert.Equal(TimeSpan.Zero, log.LastPickAfter("worker-1", clock.GetTimestamp()));
        Assert.Equal(TimeSpan.Zero, log.LastPickAfter("worker-2", clock.GetTimestamp()));
    }

    [Fact]
    public void OnCompleted_SuccessAndFailure_CountsThemApart()
    {
        var log = new CallLog(new ManualTimeProvider());

        log.OnCompleted(new AttemptOutcome("sum", "worker-1", AttemptResult.Success, TimeSpan.FromMilliseconds(1), false));
        log.OnCompleted(new AttemptOutcome("sum", "worker-1", AttemptResult.Failure, TimeSpan.FromMilliseconds(1), true));

        var meter = log.MeterOf("sum", "worker-1");
        Assert.Equal((1, 1, 2), (meter.Succeeded, meter.Failed, meter.Calls));
        Assert.Equal(0, log.MeterOf("increment", "worker-1").Calls);
    }
}
