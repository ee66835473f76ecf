using Muster.Samples.Demo.Traffic;

namespace Muster.EndToEnd.Demo;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentile_NothingCounted_IsZero() => Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Percentile(0.99));

    // Against the plain way: all durations, sorted. The bucket's upper bound is never below it and at most 1/16 above.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Percentile_RandomDurations_IsWithinABucketOfTheSortedList(int seed)
    {
        var random = new Random(seed);
        var histogram = new LatencyHistogram();
        var microseconds = Enumerable.Range(0, 5000).Select(_ => (long)Math.Pow(10, random.NextDouble() * 8)).ToList();
        microseconds.ForEach(value => histogram.Add(TimeSpan.FromMicroseconds(value)));
        microseconds.Sort();

        foreach (var share in new[] { 0.001, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = microseconds[(int)Math.Ceiling(microseconds.Count * share) - 1];
            var read = histogram.Percentile(share).TotalMicroseconds;
            Assert.InRange(read, exact, exact * (1 + (1 / 16.0)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(31)]
    public void Percentile_ShortDuration_IsExact(int microseconds)
    {
        var histogram = new LatencyHistogram();

        histogram.Add(TimeSpan.FromMicroseconds(microseconds));

        Assert.Equal(microseconds, histogram.Percentile(0.5).TotalMicroseconds);
    }

    [Fact]
    public void Add_BelowZeroAndBeyondTheRange_CountsAtTheEnds()
    {
        var histogram = new LatencyHistogram();

        histogram.Add(TimeSpan.FromSeconds(-1));
        histogram.Add(TimeSpan.FromDays(1));

        Assert.Equal(2, histogram.Count);
        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));
        Assert.InRange(histogram.Percentile(1), TimeSpan.FromMinutes(35), TimeSpan.FromMinutes(36));
    }
}
