using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;

namespace Muster.Client.Tests.Balancing;

public sealed class StaticStrideTests
{
    // In 65,535 generations a candidate has as many turns as its weight says, the largest being 65,535: one after the other here.
    [Theory]
    [InlineData(new double[] { 1, 1, 1 })]
    [InlineData(new double[] { 1, 2, 5 })]
    [InlineData(new double[] { 3, 1, 1, 1, 3 })]
    public void Next_FromOneThread_TakesTheTurnsInOrder(double[] weights)
    {
        var (stride, sequence, turns) = (new StaticStride(weights), new Sequence(new PickRandom(1)), new Sequence(new PickRandom(1)));
        var scaled = weights.Select(w => (ulong)Math.Round(w / weights.Max() * 65_535)).ToArray();
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(NextOf(scaled, turns), stride.Next(sequence));
        }

        Assert.Equal(turns.Last, sequence.Last);
    }

    [Fact]
    public void Next_FromManyThreads_GivesEachTurnOnce()
    {
        const int Threads = 8;
        const int PicksEach = 60_000;
        double[] weights = [1, 1, 1, 1, 1, 1];
        var (stride, sequence) = (new StaticStride(weights), new Sequence(new PickRandom(1)));
        var counts = new int[weights.Length];
        using var together = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            together.SignalAndWait();
            for (var i = 0; i < PicksEach; i++)
            {
                Interlocked.Increment(ref counts[stride.Next(sequence)]);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        // As equal as turns that one thread takes: the heaviest passes one generation of 65,535 over.
        Assert.InRange(counts.Max() - counts.Min(), 0, 8);
    }

    private static int NextOf(ulong[] weights, Sequence turns)
    {
        while (true)
        {
            var (generation, index) = Math.DivRem(turns.Next(), (ulong)weights.Length);
            if (((weights[index] * generation) + (32_767 * index)) % 65_535 >= 65_535 - weights[index])
            {
                return (int)index;
            }
        }
    }
}
