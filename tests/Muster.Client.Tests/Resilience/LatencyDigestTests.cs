using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

public sealed class LatencyDigestTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private readonly LatencyDigest _digest = new();

    [Fact]
    public void EndOf_AnyLatency_IsAtMostASixteenthTooLong()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (var i = 0; i < 10_000; i++)
        {
            var microseconds = (long)Math.Pow(2, random.NextDouble() * 35.9);
            var end = LatencyDigest.EndOf(LatencyDigest.IndexOf(TimeSpan.FromMicroseconds(microseconds)));
            Assert.InRange(end.TotalMicroseconds, microseconds, Math.Max(microseconds + 1, microseconds * 17 / 16.0) + 1);
        }
    }

    [Fact]
    public void IndexOf_LongerLatencies_NeverGoBack()
    {
        var last = -1;
        for (var microseconds = 0L; microseconds < 100_000; microseconds++)
        {
            var index = LatencyDigest.IndexOf(TimeSpan.FromMicroseconds(microseconds));
            Assert.InRange(index, last, last + 1);
            last = index;
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1e9)]
    public void Record_AbsurdLatency_IsTaken(double seconds) => _digest.Record(TimeSpan.FromSeconds(seconds), Start);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(0.99)]
    public void Quantile_ManyRecords_AgreesWithSorting(double share)
    {
        const int Seed = 12;
        var random = new Random(Seed);
        var all = new double[5000];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = -Math.Log(1 - random.NextDouble()) * 20;
            _digest.Record(TimeSpan.FromMilliseconds(all[i]), Start);
        }

        Array.Sort(all);
        var exact = all[(int)Math.Ceiling(share * all.Length) - 1];
        Assert.InRange(_digest.Quantile(share, Start)!.Value.TotalMilliseconds, exact, exact * 1.07);
    }

    [Fact]
    public void Quantile_TooFewRecords_IsNull()
    {
        for (var i = 0; i < LatencyDigest.RecordsMin - 1; i++)
        {
            _digest.Record(TimeSpan.FromMilliseconds(5), Start);
        }

        Assert.Null(_digest.Quantile(0.95, Start));
        _digest.Record(TimeSpan.FromMilliseconds(5), Start);
        Assert.NotNull(_digest.Quantile(0.95, Start + TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public void Quantile_AskedAgain_IsReadAnewAfterATenthOfASecond()
    {
        Fill(TimeSpan.FromMilliseconds(1), Start);
        var before = _digest.Quantile(0.95, Start);
        Fill(TimeSpan.FromMilliseconds(80), Start);
        Assert.Equal(before, _digest.Quantile(0.95, Start + TimeSpan.FromMilliseconds(99)));
        Assert.True(_digest.Quantile(0.95, Start + TimeSpan.FromMilliseconds(100)) > TimeSpan.FromMilliseconds(80));
    }

    [Fact]
    public void Quantile_WindowsTurn_ForgetsWhatIsOlderThanTwo()
    {
        var window = LatencyDigest.WindowLength;
        Fill(TimeSpan.FromMilliseconds(80), Start);
        Assert.True(_digest.Quantile(0.5, Start + window) > TimeSpan.FromMilliseconds(79));
        Fill(TimeSpan.FromMilliseconds(2), Start + window);
        Assert.True(_digest.Quantile(0.95, Start + window + TimeSpan.FromSeconds(1)) > TimeSpan.FromMilliseconds(79));

        Fill(TimeSpan.FromMilliseconds(2), Start + window + window);
        Assert.InRange(_digest.Quantile(0.95, Start + window + window)!.Value.TotalMilliseconds, 2, 2.2);
    }

    [Fact]
    public void Quantile_NobodyCalledForLong_IsNull()
    {
        Fill(TimeSpan.FromMilliseconds(80), Start);
        Assert.Null(_digest.Quantile(0.95, Start + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Record_Any_AllocatesNothing()
    {
        _digest.Record(TimeSpan.FromMilliseconds(1), Start);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _digest.Record(TimeSpan.FromMilliseconds(i), Start + TimeSpan.FromSeconds(i));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void Fill(TimeSpan latency, TimeSpan now)
    {
        for (var i = 0; i < 1000; i++)
        {
            _digest.Record(latency, now);
        }
    }
}
