using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Telemetry;

namespace Muster.Client.Tests.Http;

/// <summary>Whatever a whole fleet does wrong, its callers send it hardly more than they were asked to.</summary>
[Trait("pitfall", "retry-amplification")]
public sealed class HandlerBudgetTests
{
    private const int Calls = 20_000;
    private readonly FakeNetwork _network = new() { KeepsAttempts = false };

    [Theory]
    [InlineData("503", 0)]
    [InlineData("503", 1)]
    [InlineData("break", 0)]
    [InlineData("break", 1)]
    [InlineData("refuse", 0)]
    [InlineData("refuse", 1)]
    [InlineData("refuse stream", 0)]
    [InlineData("refuse stream", 1)]
    public async Task Send_AllHostsFail_AttemptsStayWithinATenthAboveTheCalls(string failure, int millisecondsBetween)
    {
        FakeAnswer answer = failure switch
        {
            "503" => FakeNetwork.Status(503),
            "break" => FakeNetwork.Break,
            "refuse" => FakeNetwork.Refuse,
            _ => FakeNetwork.RefuseStream,
        };
        await using var fixture = new HandlerFixture(_network, [.. Enumerable.Range(0, 10).Select(i => _network.Add($"i{i}", answer))]);
        using var invoker = fixture.Invoker(Options(fixture));
        for (var i = 0; i < Calls; i++)
        {
            await FailAsync(invoker);
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(millisecondsBetween));
        }

        Assert.InRange(_network.AttemptsCount, Calls, Calls * 1.10);
        Assert.All(fixture.Fleet.Roster.Members, m => Assert.Equal(0, m.Statistics.InFlight));
    }

    [Fact]
    public async Task Send_TwoHandlers_ShareOneBudget()
    {
        await using var fixture = new HandlerFixture(_network, _network.Add("a", FakeNetwork.Break), _network.Add("b", FakeNetwork.Break));
        using var one = fixture.Invoker(Options(fixture));
        using var other = fixture.Invoker(Options(fixture) with { Policy = PolicyNames.Random });
        for (var i = 0; i < 1000; i++)
        {
            await FailAsync(one);
            await FailAsync(other);
        }

        Assert.Equal(200, fixture.Fleet.Budget.Retried);
        Assert.Equal(2200, _network.AttemptsCount);
    }

    [Fact]
    public async Task Send_BudgetSpent_SaysSoAndIsCounted()
    {
        using var recorded = new Recorded();
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1, MeterFactory = recorded }, _network,
            _network.Add("a", FakeNetwork.Break), _network.Add("b", FakeNetwork.Break));
        using var invoker = fixture.Invoker(Options(fixture) with { Retry = new RetryOptions { BackoffMin = TimeSpan.Zero, BudgetPercent = 2.5 } });
        ServiceCallException? e = null;
        for (var i = 0; i < 31; i++)
        {
            e = await FailAsync(invoker);
        }

        Assert.Equal(ServiceCallError.OutOfBudget, e!.Error);
        Assert.Contains("retry budget, 2.5 % of its calls, is spent", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("See docs/problems/retry-budget.md", e.Message, StringComparison.Ordinal);
        const string Service = "muster.service=calculator muster.namespace=default muster.kind=";
        Assert.Equal(
            [(30, $"{Service}retry"), (0, $"{Service}hedge"), (1, $"{Service}refused"), (0, $"{Service}transparent_retry")],
            recorded.Observe(InstrumentNames.ExtraAttempts));
    }

    [Fact]
    [Trait("pitfall", "shared-circuit")]
    public async Task Send_OneOfTenHostsFails_IsNotHeldBackByTheBudget()
    {
        FakeAnswer good = FakeNetwork.Status(200);
        await using var fixture = new HandlerFixture(
            _network, [_network.Add("a", FakeNetwork.Break), .. Enumerable.Range(0, 9).Select(i => _network.Add($"i{i}", good))]);
        using var client = fixture.Client();
        for (var i = 0; i < 1000; i++)
        {
            using var response = await client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(0, fixture.Fleet.Budget.Denied);
    }

    private static BalancingOptions Options(HandlerFixture fixture) => fixture.Options with { Observer = null, TagResponses = false };

    private static async Task<ServiceCallException?> FailAsync(HttpMessageInvoker invoker)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
        try
        {
            using var response = await invoker.SendAsync(request, default);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            return null;
        }
        catch (ServiceCallException e)
        {
            return e;
        }
    }
}
