using Muster.Client.Connection;

namespace Muster.Client.Tests.Connection;

public sealed class BackoffTests
{
    [Fact]
    public void Next_ManyFailures_IsUpToABoundThatGrowsToTheCap()
    {
        double[] bounds = [1, 1.6, 2.56, 4.096, 6.5536, 10.48576, 16.777216, 20, 20, 20];
        var longest = new double[bounds.Length];
        for (var seed = 0; seed < 500; seed++)
        {
            var backoff = new Backoff(new Random(seed));
            for (var i = 0; i < bounds.Length; i++)
            {
                var seconds = backoff.Next().TotalSeconds;
                Assert.InRange(seconds, 0, bounds[i]);
                longest[i] = Math.Max(longest[i], seconds);
            }
        }

        Assert.All(bounds.Zip(longest), pair => Assert.True(pair.Second > 0.95 * pair.First, $"{pair.Second} of {pair.First}"));
    }

    [Fact]
    public void Next_InAHurry_OnlyTheFirstWaitIsShorter()
    {
        var (longest, longestNext) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var seed = 0; seed < 100; seed++)
        {
            var backoff = new Backoff(new Random(seed));
            var first = backoff.Next(TimeSpan.FromMilliseconds(100));
            Assert.InRange(first, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
            longest = first > longest ? first : longest;
            var next = backoff.Next(TimeSpan.FromMilliseconds(100));
            longestNext = next > longestNext ? next : longestNext;
        }

        Assert.InRange(longest, TimeSpan.FromMilliseconds(90), TimeSpan.FromMilliseconds(100));
        Assert.InRange(longestNext, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.6));
    }

    [Fact]
    public void Next_NoHurryAtAll_IsNoLongerThanUsual()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            Assert.InRange(new Backoff(new Random(seed)).Next(TimeSpan.FromMinutes(1)), TimeSpan.Zero, Backoff.FirstDelayMax);
        }
    }

    [Fact]
    public void Reset_AfterFailures_StartsAnew()
    {
        var backoff = new Backoff(new Random(1));
        backoff.Next();
        backoff.Next();
        for (var i = 0; i < 100; i++)
        {
            backoff.Reset();
            Assert.InRange(backoff.Next(), TimeSpan.Zero, Backoff.FirstDelayMax);
        }
    }

    [Fact]
    public void Next_AfterDaysOfFailures_StaysAtTheCap()
    {
        var backoff = new Backoff(new Random(1));
        for (var i = 0; i < 100_000; i++)
        {
            Assert.InRange(backoff.Next(), TimeSpan.Zero, Backoff.DelayMax);
        }
    }
}
