using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Client.Tests.Picking;

namespace Muster.Client.Tests.Balancing;

/// <summary>What prequal promises beyond its pool (<see cref="ProbePoolTests"/>): whom it probes, what fills the pool, and what it is
/// without one.</summary>
public sealed class PrequalTests
{
    [Fact]
    public void Probes_EachCall_AreThreeOfAnybody()
    {
        var picks = new Picks(PolicyNames.Prequal, 10);
        var counts = new int[10];
        for (var i = 0; i < 10_000; i++)
        {
            var targets = picks.Probes();
            Assert.Equal(3, targets.Length);
            Array.ForEach(targets, t => counts[t]++);
        }

        Assert.All(counts, count => Shares.AssertBinomial(0.1, 30_000, count));
    }

    [Fact]
    public void Pick_AnswersOfProbes_AreThePool()
    {
        var picks = new Picks(PolicyNames.Prequal, 40);
        var asked = Enumerable.Range(0, 3).SelectMany(_ => picks.Probes()).Distinct().ToArray();
        picks.Now += TimeSpan.FromMilliseconds(1);
        Array.ForEach(asked, i => picks.ReportInFlight(i, 5, milliseconds: i == asked[4] ? 10 : 20));

        Assert.Equal(asked[4], picks.Next());
        Assert.StartsWith($"{asked.Length - 1} probes in the pool", Explain(picks), StringComparison.Ordinal);
    }

    // A pool of those that were called would call them again.
    [Fact]
    public void Pick_ReportsThatResponsesBring_AreNotInThePool()
    {
        var picks = new Picks(PolicyNames.Prequal, 40);
        picks.ReportInFlight(Answered(picks), 5);
        picks.ReportInFlight(Answered(picks), 5);
        picks.Next();
        Assert.StartsWith("0 probes in the pool", Explain(picks), StringComparison.Ordinal);
    }

    // A thousand calls a second for ten seconds, whose answers report; the probes go nowhere.
    [Fact]
    public void Pick_OnlyResponsesReport_LeavesNobodyOut()
    {
        var picks = new Picks(PolicyNames.Prequal, 40);
        var counts = new int[40];
        for (var i = 0; i < 10_000; i++)
        {
            var index = Answered(picks);
            picks.Probes();
            picks.Candidates[index].Statistics.OnEnded(AttemptResult.Success, picks.Now, null);
            picks.ReportInFlight(index, 5, milliseconds: 10);
            counts[index]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 125, 500));
    }

    [Fact]
    public void Explain_AnswerWithoutALatency_SaysSo()
    {
        var picks = new Picks(PolicyNames.Prequal, 40);
        var asked = picks.Probes().Concat(picks.Probes()).Distinct().ToArray();
        picks.Now += TimeSpan.FromMilliseconds(1);
        Array.ForEach(asked, i => picks.ReportInFlight(i, 5));
        picks.Next();
        Assert.Contains(
            ": latency not known, 5 in flight", picks.Picker.Explain(asked[0], new PickContext(picks.Now, picks.Random)), StringComparison.Ordinal);
    }

    [Fact]
    public void Pick_NobodyAnswers_IsLeastRequest() =>
        Assert.Equal(Sequence(PolicyNames.LeastRequest, 40), Sequence(PolicyNames.Prequal, 40));

    [Fact]
    public void Pick_OneAnswer_IsNotEnough()
    {
        var picks = new Picks(PolicyNames.Prequal, 40);
        var only = picks.Probes()[0];
        picks.Now += TimeSpan.FromMilliseconds(1);
        picks.ReportInFlight(only, 0, milliseconds: 1);
        picks.Candidates[only].Statistics.OnSent();
        Assert.Equal(0, picks.Call(10_000)[only]);
    }

    [Fact]
    public void Pick_FewerThanEightCandidates_IsLeastRequestWithoutProbes()
    {
        Assert.IsNotAssignableFrom<IProbingPicker>(new Picks(PolicyNames.Prequal, 7).Picker);
        Assert.IsAssignableFrom<IProbingPicker>(new Picks(PolicyNames.Prequal, PrequalPolicy.CandidatesMin).Picker);
        Assert.Equal(Sequence(PolicyNames.LeastRequest, 7), Sequence(PolicyNames.Prequal, 7));
    }

    private static int Answered(Picks picks)
    {
        var index = picks.Send();
        picks.Now += TimeSpan.FromMilliseconds(1);
        return index;
    }

    private static string Explain(Picks picks) => picks.Picker.Explain(0, new PickContext(picks.Now, picks.Random));

    private static int[] Sequence(string policy, int count)
    {
        var picks = new Picks(policy, count);
        return [.. Enumerable.Range(0, 200).Select(_ => picks.Send())];
    }
}
