using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

public sealed class RetryBackoffTests
{
    [Fact]
    public void Of_FurtherRetries_GrowsToTheMostWithJitter()
    {
        var random = new PickRandom(5);
        var options = new RetryOptions { BackoffMin = TimeSpan.FromMilliseconds(25), BackoffMax = TimeSpan.FromMilliseconds(150) };
        double[] expected = [25, 50, 100, 150, 150];
        for (var retry = 1; retry <= expected.Length; retry++)
        {
            var waits = Enumerable.Range(0, 1000).Select(_ => RetryBackoff.Of(retry, options, random).TotalMilliseconds).Order().ToArray();
            Assert.InRange(waits[0], expected[retry - 1] * 0.8, expected[retry - 1] * 0.81);
            Assert.InRange(waits[^1], expected[retry - 1] * 1.19, expected[retry - 1] * 1.2);
        }
    }

    [Fact]
    public void Of_SameSeed_IsTheSame()
    {
        var (a, b) = (new PickRandom(5), new PickRandom(5));
        Assert.Equal(RetryBackoff.Of(1, new RetryOptions(), a), RetryBackoff.Of(1, new RetryOptions(), b));
    }
}
