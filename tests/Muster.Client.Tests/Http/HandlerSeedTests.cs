using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

public sealed class HandlerSeedTests
{
    // Without a seed each processor draws from a source of its own, and what a call gets depends on the thread that makes it.
    [Fact]
    public void Send_SameSeedOnOtherThreads_MakesTheSameChoices()
    {
        const int Threads = 4;
        var choices = new string[Threads];

        // None ends before all have begun: a thread's number is given again.
        using var barrier = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            barrier.SignalAndWait();
            choices[i] = Choices();
            barrier.SignalAndWait();
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Single(choices.Distinct());
        Assert.True(choices[0].Distinct().Count() > 1);
    }

    private static string Choices()
    {
        var network = new FakeNetwork();
        var instances = "abcdefgh".Select(id => network.Add($"{id}", FakeNetwork.Status(204))).ToArray();
        var fixture = new HandlerFixture(network, instances);
        using var invoker = fixture.Invoker(fixture.Options with { Policy = PolicyNames.Random });
        for (var i = 0; i < 32; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
            using var response = invoker.SendAsync(request, CancellationToken.None).GetAwaiter().GetResult();
        }

        return string.Concat(network.Ids);
    }
}
