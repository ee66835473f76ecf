using Muster.Client.Balancing;
using Muster.Client.Tests.Picking;

namespace Muster.Client.Tests.Balancing;

/// <summary>What peak_ewma promises. Of two candidates both are always compared, so nothing is left to chance.</summary>
public sealed class PeakEwmaTests
{
    private readonly Picks _picks = new(PolicyNames.PeakEwma, 2);

    [Fact]
    public void Pick_OneIsFaster_GetsEverything()
    {
        End(0, 20);
        End(1, 10);
        Assert.Equal([0, 100], _picks.Call(100));
    }

    // 10, 20, 30 and 40 ms against 35 for the first call to the other one; from then on against 70.
    [Fact]
    public void Pick_CallsInFlight_MultiplyTheLatency()
    {
        End(0, 10);
        End(1, 35);
        Assert.Equal([0, 0, 0, 1, 0, 0, 0], Enumerable.Range(0, 7).Select(_ => _picks.Send()));
    }

    [Fact]
    public void Pick_OneSlowAnswerAfterManyFastOnes_CountsAtOnce()
    {
        for (var i = 0; i < 1000; i++)
        {
            End(0, 10);
        }

        End(1, 50);
        End(0, 51);
        Assert.Equal(1, _picks.Next());
    }

    // 49 + (400 - 49) × e^(-t / 10 s) is 178 after 10 s and 66.5 after 30.
    [Theory]
    [InlineData(10, 170, 1)]
    [InlineData(10, 190, 0)]
    [InlineData(30, 60, 1)]
    [InlineData(30, 80, 0)]
    public void Pick_FastAnswerAfterASlowOne_BringsItDownByTheTimeBetween(int seconds, int otherMilliseconds, int expected)
    {
        End(0, 400);
        _picks.Now += TimeSpan.FromSeconds(seconds);
        End(0, 49);
        End(1, otherMilliseconds);
        Assert.Equal(expected, _picks.Next());
    }

    // Half of it is left after 7 s: who was slow once is tried again, although nothing is heard of it.
    [Theory]
    [InlineData(6.5, 1)]
    [InlineData(7.5, 0)]
    public void Pick_NothingIsSentToASlowOne_ComesBackByTheSameLaw(double seconds, int expected)
    {
        End(0, 100);
        _picks.Now += TimeSpan.FromSeconds(seconds);
        End(1, 50);
        Assert.Equal(expected, _picks.Next());
    }

    [Fact]
    public void Pick_NeverTimed_IsAsFastAsTheOtherWithItsOwnCallsInFlight()
    {
        End(0, 1000);
        _picks.Candidates[1].Statistics.OnSent();
        Assert.Equal([100, 0], _picks.Call(100));

        _picks.Candidates[0].Statistics.OnSent();
        _picks.Candidates[0].Statistics.OnSent();
        Assert.Equal([0, 100], _picks.Call(100));
    }

    // Its failures take a millisecond, the other's answers 20.
    [Fact]
    [Trait("pitfall", "fast-failure-black-hole")]
    public void Pick_OneFailsFast_IsDearer()
    {
        End(0, 10);
        End(1, 20);
        for (var i = 0; i < 3; i++)
        {
            End(0, 1, AttemptResult.Failure);
        }

        Assert.Equal([0, 100], _picks.Call(100));
    }

    // Nor is the time of what failed one of an answer.
    [Fact]
    public void Pick_OneFailureInBetween_MovesNothing()
    {
        End(0, 10);
        End(1, 11);
        End(0, 1000, AttemptResult.Failure);
        Assert.Equal(0, _picks.Next());
    }

    // The k-th fastest of 10 is the faster one of 10 - k of 45 pairs.
    [Fact]
    [Trait("pitfall", "same-candidate-twice")]
    public void Pick_ManyCandidates_ComparesTwoDifferentOnes()
    {
        var picks = new Picks(PolicyNames.PeakEwma, 10);
        for (var i = 0; i < 10; i++)
        {
            End(picks, i, 10 + i);
        }

        var counts = picks.Call(20_000);
        Assert.All(counts.Index(), c => Shares.AssertBinomial((9 - c.Index) / 45.0, 20_000, c.Item));
        Assert.Equal(0, counts[9]);
    }

    private void End(int index, double milliseconds, AttemptResult result = AttemptResult.Success) =>
        End(_picks, index, milliseconds, result);

    private static void End(Picks picks, int index, double milliseconds, AttemptResult result = AttemptResult.Success)
    {
        picks.Candidates[index].Statistics.OnSent();
        picks.Candidates[index].Statistics.OnEnded(result, picks.Now, TimeSpan.FromMilliseconds(milliseconds));
    }
}
