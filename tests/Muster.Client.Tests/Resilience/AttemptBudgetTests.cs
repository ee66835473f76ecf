using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

/// <summary>A budget bounds what retries add, whatever fails.</summary>
[Trait("pitfall", "retry-amplification")]
public sealed class AttemptBudgetTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);

    [Fact]
    public void TryTake_FewCalls_AllowsTheFloor()
    {
        var budget = new AttemptBudget(3, Start);
        Assert.Equal(30, Take(budget, 1, Start));

        // A second later, three more; ten minutes later, thirty again and not eighteen hundred.
        Assert.Equal(3, Take(budget, 2, Start + TimeSpan.FromSeconds(1)));
        Assert.Equal(30, Take(budget, 3, Start + TimeSpan.FromMinutes(10)));
    }

    [Fact]
    public void TryTake_ManyCalls_AllowsAShareOfThem()
    {
        var budget = new AttemptBudget(3, Start);
        Assert.Equal(100, Take(budget, 1000, Start));
        Assert.Equal(100, Take(budget, 2000, Start));
        Assert.Equal(0, Take(budget, 2009, Start));
        Assert.Equal(1, Take(budget, 2010, Start));
    }

    // The larger of the two, not their sum: what the floor lends is paid back before the share counts again.
    [Theory]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(1000)]
    public void TryTake_EveryCallFails_KeepsToTheShareExactly(int callsPerSecond)
    {
        const int Calls = 20_000;
        var budget = new AttemptBudget(3, Start);
        var taken = 0;
        for (var i = 1; i <= Calls; i++)
        {
            taken += budget.TryTake(i, 10, Start + TimeSpan.FromSeconds((double)i / callsPerSecond)) ? 1 : 0;
        }

        // Credit fades while it grows to the price of one, so that a little less is allowed.
        Assert.InRange(taken, Calls * 0.098, Calls * 0.1);
    }

    [Fact]
    public void TryTake_AfterAQuietTime_HasLostWhatWasNotSpent()
    {
        var budget = new AttemptBudget(0, Start);
        Assert.False(budget.TryTake(0, 10, Start));

        // 100,000 calls within a second earn 10,000; e^-3 of it is left half a minute later.
        Assert.True(budget.TryTake(100_000, 10, Start + TimeSpan.FromSeconds(1)));
        Assert.InRange(Take(budget, 100_000, Start + TimeSpan.FromSeconds(31)), 450, 500);
    }

    [Fact]
    public void TryTake_LongSinceTheLastLook_CountsTheLastCallsOnly()
    {
        // 1,000 calls a second for an hour: ten seconds' worth.
        var budget = new AttemptBudget(0, Start);
        Assert.InRange(Take(budget, 3_600_000, Start + TimeSpan.FromHours(1)), 990, 1000);
    }

    [Fact]
    public void TryTake_TwoPercentages_ShareOneCredit()
    {
        var budget = new AttemptBudget(0, Start);
        Assert.Equal(40, Take(budget, 1000, Start, percent: 20, most: 40));
        Assert.Equal(80, Take(budget, 1000, Start, percent: 10));
        Assert.False(budget.TryTake(1000, 20, Start));
    }

    [Fact]
    public void Return_WhatWasTaken_CanBeTakenAgain()
    {
        var budget = new AttemptBudget(0, Start);
        Assert.True(budget.TryTake(10, 10, Start));
        Assert.False(budget.TryTake(10, 10, Start));
        budget.Return(10);
        Assert.True(budget.TryTake(10, 10, Start));
        Assert.False(budget.TryTake(10, 10, Start));
    }

    [Fact]
    public void TryTakeHedge_OwnBudgetSpent_IsRefusedThoughRetriesAreAllowed()
    {
        var budget = new CallBudget(Start);
        for (var i = 0; i < 1000; i++)
        {
            budget.OnCall();
        }

        var (hedging, retry) = (new HedgingOptions(), new RetryOptions());
        Assert.Equal(50, Count(() => budget.TryTakeHedge(hedging, retry, Start)));

        // Of the hundred that both share, fifty are left.
        Assert.Equal(50, Count(() => budget.TryTakeRetry(retry, Start)));
        Assert.Equal((1000, 50, 50, 2), (budget.Calls, budget.Hedged, budget.Retried, budget.Denied));
    }

    [Fact]
    public void TryTakeHedge_SharedBudgetSpent_IsRefusedAndCostsNothing()
    {
        var budget = new CallBudget(Start);
        for (var i = 0; i < 1000; i++)
        {
            budget.OnCall();
        }

        var (hedging, retry) = (new HedgingOptions(), new RetryOptions());
        Assert.Equal(100, Count(() => budget.TryTakeRetry(retry, Start)));
        Assert.False(budget.TryTakeHedge(hedging, retry, Start));

        // Without retries there is nothing to share, and its own budget is whole.
        Assert.Equal(50, Count(() => budget.TryTakeHedge(hedging, null, Start)));
    }

    [Fact]
    public void ShouldReport_Often_IsTrueOncePerTenSeconds()
    {
        var budget = new CallBudget(Start);
        Assert.True(budget.ShouldReport(Start));
        Assert.False(budget.ShouldReport(Start));
        Assert.False(budget.ShouldReport(Start + TimeSpan.FromSeconds(9.9)));
        Assert.True(budget.ShouldReport(Start + TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Increment_ManyThreads_LosesNone()
    {
        var counter = new StripedCounter();
        Parallel.For(0, 100_000, _ => counter.Increment());
        Assert.Equal(100_000, counter.Sum());
    }

    private static int Take(AttemptBudget budget, long calls, TimeSpan now, double percent = 10, int most = 10_000)
    {
        var taken = 0;
        while (taken < most && budget.TryTake(calls, percent, now))
        {
            taken++;
        }

        return taken;
    }

    private static int Count(Func<bool> take)
    {
        var taken = 0;
        while (taken < 10_000 && take())
        {
            taken++;
        }

        return taken;
    }
}
