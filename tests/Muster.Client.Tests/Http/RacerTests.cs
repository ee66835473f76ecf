using System.Collections.Concurrent;
using Muster.Client.Resilience;

namespace Muster.Client.Tests.Http;

/// <summary>Each attempt of a hedged call listens to the caller's token, which often lives as long as the application.</summary>
public sealed class RacerTests
{
    private readonly FakeNetwork _network = new();
    private readonly ConcurrentQueue<CancellationToken> _tokens = new();

    [Theory]
    [InlineData(200, 1)]
    [InlineData(503, 3)]
    [InlineData(null, 3)]
    public async Task Send_Hedged_LetsGoOfTheCallersTokenHoweverAttemptsEnd(int? status, int attempts)
    {
        await using var fixture = new HandlerFixture(
            _network, [.. "abc".Select(id => _network.Add($"{id}", Keep(status is { } s ? FakeNetwork.Status(s) : FakeNetwork.Break)))]);
        using var invoker = fixture.Invoker(fixture.Options with
        {
            Policy = FirstPolicy.PolicyName, Hedging = new HedgingOptions { ExtraMax = 2, BudgetPercent = 100 },
        });
        using var application = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
        fixture.EarnHedges();
        try
        {
            (await invoker.SendAsync(request, application.Token)).Dispose();
        }
        catch (ServiceCallException)
        {
            Assert.Null(status);
        }

        Assert.Equal(attempts, _tokens.Count);
        Assert.DoesNotContain(application.Token, _tokens);

        // A source that was disposed listens to nobody.
        Assert.All(_tokens, token => Assert.Throws<ObjectDisposedException>(() => token.WaitHandle));
    }

    private FakeAnswer Keep(FakeAnswer answer) => (request, token) =>
    {
        _tokens.Enqueue(token);
        return answer(request, token);
    };
}
