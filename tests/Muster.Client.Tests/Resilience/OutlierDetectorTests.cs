using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

public sealed class OutlierDetectorTests
{
    private static readonly EjectionOptions s_options = new();

    // Mean 0.9, deviation 0.2: the bound is 0.9 - 1.9 × 0.2 = 0.52.
    [Theory]
    [InlineData(50, true)]
    [InlineData(60, false)]
    public void Find_SuccessRate_IsHeldTo1900ThousandthsOfADeviation(int successes, bool isOutlier)
    {
        CallCounts[] counts = [Good(100), Good(100), Good(100), Good(100), new(successes, 100 - successes, default, default)];
        var options = s_options with { SuccessRateStdevFactor = isOutlier ? 1900 : 2001 };
        Assert.Equal(
            isOutlier ? [new Outlier(4, BreakerReason.SuccessRate)] : [],
            OutlierDetector.Find(counts, options));
    }

    [Theory]
    [InlineData(4, 100)]
    [InlineData(5, 99)]
    public void Find_TooFewInstancesOrCalls_JudgesNoSuccessRate(int hosts, int calls)
    {
        var counts = Enumerable.Repeat(Good(calls), hosts - 1).Append(new CallCounts(calls / 2, calls - (calls / 2), default, default)).ToArray();
        Assert.Empty(OutlierDetector.Find(counts, s_options));
    }

    [Theory]
    [InlineData(85, false)]
    [InlineData(86, true)]
    public void Find_FailurePercentage_IsAboveNotAt(int failures, bool isOutlier)
    {
        var options = s_options with { SuccessRateStdevFactor = null };
        CallCounts[] counts = [.. Enumerable.Repeat(Good(100), 9), new(100 - failures, failures, default, default)];
        Assert.Equal(
            isOutlier ? [new Outlier(9, BreakerReason.FailurePercentage)] : [], OutlierDetector.Find(counts, options));
    }

    [Theory]
    [InlineData(4, 50)]
    [InlineData(5, 49)]
    public void Find_TooFewInstancesOrCalls_JudgesNoFailures(int hosts, int calls)
    {
        var counts = Enumerable.Repeat(Good(calls), hosts - 1).Append(new CallCounts(0, calls, default, default)).ToArray();
        Assert.Empty(OutlierDetector.Find(counts, s_options));
    }

    [Fact]
    public void Find_OutlierByTwoRules_IsNamedOnceByTheWorse()
    {
        CallCounts[] counts = [.. Enumerable.Repeat(Good(100), 9), new(0, 100, default, default)];
        Assert.Equal([new Outlier(9, BreakerReason.FailurePercentage)], OutlierDetector.Find(counts, s_options));
    }

    [Theory]
    [InlineData(192, 5, false)]
    [InlineData(188, 5, true)]
    [InlineData(192, 0, true)]
    public void Find_WithinTheMargin_IsNoOutlier(int successes, int margin, bool isOutlier)
    {
        CallCounts[] counts = [.. Enumerable.Repeat(Good(200), 19), new(successes, 200 - successes, default, default)];
        Assert.Equal(
            isOutlier ? [new Outlier(19, BreakerReason.SuccessRate)] : [],
            OutlierDetector.Find(counts, s_options with { SuccessRateMargin = margin }));
    }

    // Of 140 calls at 1 % nine fail once in 70,000 times, fourteen never.
    [Theory]
    [InlineData(9, false)]
    [InlineData(14, true)]
    public void Find_BeyondTheMarginByBadLuck_IsNoOutlier(int failures, bool isOutlier)
    {
        CallCounts[] counts = [.. Enumerable.Repeat(new CallCounts(139, 1, default, default), 19), new(140 - failures, failures, default, default)];
        Assert.Equal(isOutlier ? [new Outlier(19, BreakerReason.SuccessRate)] : [], OutlierDetector.Find(counts, s_options));
    }

    // A50's own rule ejects by chance: of many alike, somebody is always 1.9 deviations off.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Find_OneErrorInAHundredByChance_EjectsNobodyThanksToTheMargin(int seed)
    {
        const int Intervals = 1000;
        var random = new Random(seed);
        var (with, without) = (0, 0);
        for (var interval = 0; interval < Intervals; interval++)
        {
            var counts = Enumerable.Range(0, 10).Select(_ => ByChance(random, calls: 200)).ToArray();
            with += OutlierDetector.Find(counts, s_options).Count > 0 ? 1 : 0;
            without += OutlierDetector.Find(counts, s_options with { SuccessRateMargin = 0 }).Count > 0 ? 1 : 0;
        }

        Assert.True(with == 0, $"Seed {seed}: {with} of {Intervals} intervals eject somebody.");
        Assert.True(without > Intervals / 5, $"Seed {seed}: without the margin {without} of {Intervals} intervals eject somebody.");
    }

    [Theory]
    [InlineData(50, false)]
    [InlineData(50.1, true)]
    public void Find_FiveTimesTheMedianLatency_IsAnOutlierAboveIt(double milliseconds, bool isOutlier)
    {
        CallCounts[] counts = [.. Enumerable.Range(0, 8).Select(_ => Timed(50, 10)), Timed(50, milliseconds)];
        Assert.Equal(isOutlier ? [new Outlier(8, BreakerReason.Latency)] : [], OutlierDetector.Find(counts, s_options));
        Assert.Empty(OutlierDetector.Find(counts, s_options with { LatencyFactor = null }));
    }

    [Theory]
    [InlineData(4, 50)]
    [InlineData(5, 49)]
    public void Find_TooFewInstancesOrCalls_ComparesNoLatencies(int hosts, int calls)
    {
        var counts = Enumerable.Repeat(Timed(calls, 10), hosts - 1).Append(Timed(calls, 1000)).ToArray();
        Assert.Empty(OutlierDetector.Find(counts, s_options));
    }

    // Half of them slow is how the service is today, and no reason to crush the other half.
    [Fact]
    public void Find_HalfAreSlow_EjectsNobodyForIt()
    {
        CallCounts[] counts = [.. Enumerable.Repeat(Timed(100, 10), 4), .. Enumerable.Repeat(Timed(100, 1000), 6)];
        Assert.Empty(OutlierDetector.Find(counts, s_options));
    }

    // It never answers, so all that is known is how long its callers waited.
    [Fact]
    public void Find_OneHangs_IsAnOutlierByWhatCallersWaited()
    {
        CallCounts[] counts = [.. Enumerable.Repeat(Timed(50, 10), 8), new(0, 0, default, new CallTimes(50, 50 * 1000))];
        Assert.Equal([new Outlier(8, BreakerReason.Latency)], OutlierDetector.Find(counts, s_options));
    }

    // What is given up early, a hedge that was not needed for one, makes nobody fast.
    [Fact]
    public void Find_CallsGivenUpEarly_DoNotHideASlowOne()
    {
        CallCounts[] counts = [.. Enumerable.Repeat(Timed(50, 10), 8), Timed(50, 60) with { GivenUp = new CallTimes(500, 500) }];
        Assert.Equal([new Outlier(8, BreakerReason.Latency)], OutlierDetector.Find(counts, s_options));
    }

    [Fact]
    public void Find_NoCalls_FindsNobody() => Assert.Empty(OutlierDetector.Find(new CallCounts[20], s_options));

    private static CallCounts Good(int calls) => new(calls, 0, default, default);

    private static CallCounts Timed(int calls, double meanMilliseconds) => new(calls, 0, new CallTimes(calls, calls * meanMilliseconds), default);

    private static CallCounts ByChance(Random random, int calls)
    {
        var failures = 0;
        for (var i = 0; i < calls; i++)
        {
            failures += random.Next(100) == 0 ? 1 : 0;
        }

        return new CallCounts(calls - failures, failures, default, default);
    }
}
