using Muster.Core;
using Muster.Core.Model;
using Muster.Registry.Sessions;

namespace Muster.Registry.Tests.Bounds;

/// <summary>What is kept for callers that wait, or that come back, has an end.</summary>
public sealed class WaitersTests
{
    [Fact]
    public async Task WaitAsync_GivenUp_TakesItsPlaceBack()
    {
        var waiters = new RevisionWaiters();
        for (var i = 0; i < 100; i++)
        {
            using var gone = new CancellationTokenSource();
            var wait = waiters.WaitAsync(new Revision(ulong.MaxValue), () => Revision.None, task => task.WaitAsync(gone.Token));
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }

        Assert.Equal(0, waiters.Count);
    }

    [Fact]
    public async Task Release_WakesThoseUpToTheRevisionAndNoOther()
    {
        var waiters = new RevisionWaiters();
        var waits = new ulong[] { 3, 1, 2, 2 }.Select(r => waiters.WaitAsync(new Revision(r), () => Revision.None, t => t)).ToArray();

        waiters.Release(new Revision(2));

        await Task.WhenAll(waits[1..]);
        Assert.False(waits[0].IsCompleted);
        Assert.Equal(1, waiters.Count);
        await waiters.WaitAsync(new Revision(2), () => new Revision(2), t => t);
    }

    [Fact]
    public void FinalAnswers_OneLeaseThatLosesEverNewInstances_KeepsTheNewest()
    {
        var answers = new FinalAnswers(3);
        for (var i = 0; i < 10; i++)
        {
            answers.AddLocked(new LeaseId(1), Answer($"i{i}"));
        }

        Assert.Equal(["i7", "i8", "i9"], answers.OfLocked(new LeaseId(1)).Select(a => a.Instance.Id).Order());
    }

    [Fact]
    public void FinalAnswers_SameInstanceAgain_IsKeptAsLongAsItsLast()
    {
        var answers = new FinalAnswers(3);
        answers.AddLocked(new LeaseId(1), Answer("a"));
        answers.AddLocked(new LeaseId(2), Answer("b"));
        answers.AddLocked(new LeaseId(1), Answer("a"));
        answers.AddLocked(new LeaseId(2), Answer("c"));

        Assert.Single(answers.OfLocked(new LeaseId(1)));
        answers.AddLocked(new LeaseId(2), Answer("d"));
        Assert.Equal(["c", "d"], answers.OfLocked(new LeaseId(2)).Select(a => a.Instance.Id).Order());
        Assert.True(Limits.FinalAnswersMax <= Limits.SessionAnnouncementsMax, "a session that opens may be told all of them");
    }

    private static FinalAnswer Answer(string id) => new(
        new InstanceKey(ServiceKey.Of("", "calculator"), id), new Removal(RemovalReason.Superseded, "", default), "heir");
}
