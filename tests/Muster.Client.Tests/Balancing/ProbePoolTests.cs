using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Client.Tests.Picking;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

/// <summary>What prequal promises of its pool: the hot-cold rule, and how many answers it keeps, how long and for how many calls.</summary>
public sealed class ProbePoolTests
{
    private readonly PickRandom _random = new(1);
    private InstanceStatistics[] _candidates = [];
    private ProbePool _pool = new([], 1);
    private TimeSpan _now = TimeSpan.FromHours(1);

    // Of ten answers the sixth busiest is the 0.6 quantile; the busier, the faster, so it is the fastest of those that are not hot.
    [Fact]
    public void Take_SomeAreHot_IsTheFastestOfTheOthers()
    {
        Start(64);
        for (var i = 1; i <= 10; i++)
        {
            Answer(i, inFlight: i, milliseconds: 100 - i);
        }

        Assert.Equal(6, Take());
    }

    [Fact]
    public void Take_AllAreEquallyBusy_IsTheFastest()
    {
        Start(64);
        for (var i = 1; i <= 10; i++)
        {
            Answer(i, inFlight: 50, milliseconds: i == 7 ? 10 : 20);
        }

        Assert.Equal(7, Take());
    }

    [Fact]
    public void Take_OneShowsNoLatency_IsNotTheFastest()
    {
        Start(64);
        Answer(1, inFlight: 5);
        Answer(2, inFlight: 5, milliseconds: 10);
        Answer(3, inFlight: 5, milliseconds: 20);
        Assert.Equal(2, Take());
    }

    [Fact]
    public void Take_NoneShowsALatency_IsTheLeastBusy()
    {
        Start(64);
        Answer(1, inFlight: 3);
        Answer(2, inFlight: 2);
        Answer(3, inFlight: 4);
        Answer(4, inFlight: 5);
        Assert.Equal(2, Take());
    }

    // The slowest is removed, and not the one that is taken for one of 20 ms, which is then the first of two that are alike.
    [Fact]
    public void Take_OneShowsNoLatency_IsNotTheWorst()
    {
        Start(1000);
        Answer(1, inFlight: 5, milliseconds: 10);
        Answer(2, inFlight: 5);
        Answer(3, inFlight: 5, milliseconds: 20);
        Answer(4, inFlight: 5, milliseconds: 30);
        Assert.Equal(1, Take());
        Assert.Equal(2, Take());
    }

    [Fact]
    [Trait("pitfall", "fast-failure-black-hole")]
    public void Take_TheFastestFails_IsTheOther()
    {
        Start(64);
        Answer(1, inFlight: 5, milliseconds: 10);
        Answer(2, inFlight: 5, milliseconds: 15);
        for (var i = 0; i < 2; i++)
        {
            _candidates[1].OnSent();
            _candidates[1].OnEnded(AttemptResult.Failure, _now, null);
        }

        Assert.Equal(2, Take());
    }

    // With five calls sent since, the sixth is busier than the seventh to tenth.
    [Fact]
    public void Take_CallsSentSince_CountAsBusy()
    {
        Start(64);
        for (var i = 1; i <= 10; i++)
        {
            Answer(i, inFlight: i, milliseconds: 100 - i);
        }

        for (var i = 0; i < 5; i++)
        {
            _candidates[6].OnSent();
        }

        Assert.Equal(7, Take());
    }

    // Each call removes one, down to two.
    [Theory]
    [InlineData(8, 2)]
    [InlineData(11, 2)]
    [InlineData(20, 5)]
    [InlineData(64, 16)]
    [InlineData(1000, 16)]
    public void Take_ManyAnswers_KeepsAQuarterOfTheCandidatesAndSixteenAtMost(int candidates, int size)
    {
        Start(candidates);
        for (var i = 0; i < Math.Min(candidates, 100); i++)
        {
            Answer(i, inFlight: 5);
        }

        Take();
        Assert.Equal(Math.Max(2, size - 1), _pool.Count);
    }

    [Fact]
    public void Take_PoolIsFull_DropsTheOldest()
    {
        Start(8);
        Answer(0, inFlight: 5, milliseconds: 10);
        Answer(1, inFlight: 5, milliseconds: 20);
        Answer(2, inFlight: 5, milliseconds: 30);
        Assert.Equal(1, Take());
    }

    [Fact]
    public void Take_NewAnswerOfOneThatIsInThePool_Replaces()
    {
        Start(64);
        Answer(0, inFlight: 5, milliseconds: 10);
        Answer(1, inFlight: 5, milliseconds: 20);
        Answer(0, inFlight: 5, milliseconds: 30);
        Assert.Equal(1, Take());
        Assert.Equal(2, _pool.Count);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    public void Take_OneOfTwoIsASecondOld_IsUsedForTheLastTime(long ticksMore, int expected)
    {
        Start(64);
        Answer(1, inFlight: 5, milliseconds: 10);
        var at = _now;
        Answer(2, inFlight: 5, milliseconds: 20);
        _now = at + TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(ticksMore);
        Assert.Equal(expected, Take());
    }

    // Or it would be used for ever where a call goes out in the instant in which a report comes in.
    [Fact]
    public void Take_ReportWasThereWhenTheProbeWasSent_IsNoAnswer()
    {
        Start(64);
        Report(1, inFlight: 5, milliseconds: null);
        Report(2, inFlight: 5, milliseconds: null);
        _pool.Expect(1, _now);
        _pool.Expect(2, _now);
        Assert.Equal((-1, 0), (Take(), _pool.Count));
    }

    // 2 / ((1 - 2/8) × 3 - 1) = 1.6 uses. The other of the two is hot.
    [Fact]
    public void Take_OneAnswerIsTheBest_IsUsedByThePapersFormula()
    {
        var twice = 0;
        for (var run = 0; run < 1000; run++)
        {
            Start(8);
            Answer(0, inFlight: 1);
            Answer(1, inFlight: 9);
            Assert.Equal(0, Take());
            twice += Take() == 0 ? 1 : 0;
            Assert.Equal(-1, Take());
        }

        Shares.AssertBinomial(0.6, 1000, twice);
    }

    // Of a thousand candidates each answer is used once. What is left after each call shows who was removed.
    [Fact]
    public void Take_EachCall_RemovesTheWorstAndTheOldestInTurns()
    {
        Start(1000);
        Answer(0, inFlight: 5, milliseconds: 20);
        Answer(1, inFlight: 5, milliseconds: 10);
        Answer(2, inFlight: 5, milliseconds: 30);
        Assert.Equal((1, 2), (Take(), _pool.Count));

        // The first call used 1 up and removed 2, the slowest: 0, 3 and 4 are left. The second removes 0, the oldest.
        Answer(3, inFlight: 5, milliseconds: 100);
        Answer(4, inFlight: 5, milliseconds: 29);
        Assert.Equal((0, 2), (Take(), _pool.Count));
        Assert.Equal(4, Take());
    }

    // The busiest of the hot ones is the worst, however fast it is. Of 1, 2, 3 and 5 that are left the second is the quantile; without
    // the slowest, 1, it would be the third.
    [Fact]
    public void Take_SomeAreHot_RemovesTheBusiest()
    {
        Start(1000);
        for (var i = 1; i <= 6; i++)
        {
            Answer(i, inFlight: i, milliseconds: 100 - i);
        }

        Assert.Equal(4, Take());
        Assert.Equal(2, Take());
    }

    [Fact]
    public void Expect_MoreThanItsBound_ForgetsTheFirst()
    {
        Start(64);
        for (var i = 0; i <= ProbePool.ExpectedMax; i++)
        {
            _pool.Expect(Math.Min(i, 2), _now);
        }

        _now += TimeSpan.FromMilliseconds(1);
        Report(0, inFlight: 5, milliseconds: null);
        Report(1, inFlight: 5, milliseconds: null);
        Assert.Equal((-1, 1), (Take(), _pool.Count));
    }

    private void Start(int candidates)
    {
        _candidates = [.. Enumerable.Range(0, candidates).Select(_ => new InstanceStatistics())];
        _pool = new ProbePool(_candidates, PrequalPolicy.ProbesPerCall);
    }

    // A probe that takes a millisecond.
    private void Answer(int index, double inFlight, double? milliseconds = null)
    {
        _pool.Expect(index, _now);
        _now += TimeSpan.FromMilliseconds(1);
        Report(index, inFlight, milliseconds);
    }

    private void Report(int index, double inFlight, double? milliseconds)
    {
        var named = new LoadReport().Named.Add("rif", inFlight);
        named = milliseconds is { } time ? named.Add("lat_ms", time) : named;
        Assert.True(_candidates[index].OnReport(new LoadReport { Named = named }, _now));
    }

    private int Take() => _pool.Take(_now, _random);
}
