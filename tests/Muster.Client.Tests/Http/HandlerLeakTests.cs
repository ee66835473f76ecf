using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>Whatever becomes of calls, in the end no instance looks busy, and every attempt was reported once.</summary>
public sealed class HandlerLeakTests
{
    private const int Calls = 1000;
    private readonly FakeNetwork _network = new();

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public async Task Send_RandomOutcomes_LeavesNothingInFlight(int seed, bool hedges)
    {
        var random = new Random(seed);
        HandlerFixture fixture = null!;
        FakeAnswer answer = (request, token) => AnswerAsync(fixture.Clock, random, request, token);
        fixture = new HandlerFixture(_network, [.. Enumerable.Range(0, 6).Select(i => _network.Add($"i{i}", answer))]);
        await using var _ = fixture;
        var options = fixture.Options with
        {
            Policy = PolicyNames.Random,
            Retry = new RetryOptions { HttpStatuses = [.. new RetryOptions().HttpStatuses, System.Net.HttpStatusCode.InternalServerError] },
            Hedging = hedges ? new HedgingOptions { ExtraMax = 3, DelayInitial = TimeSpan.FromMilliseconds(20), BudgetPercent = 50 } : null,
            AttemptTimeout = TimeSpan.FromMilliseconds(300),
        };
        using var invoker = fixture.Invoker(options);
        for (var i = 0; i < Calls; i++)
        {
            await RunAsync(fixture, CallAsync(fixture, invoker, random)).InTime();
        }

        while (fixture.Observer.Completed.Count < _network.AttemptsCount)
        {
            await fixture.Observer.NextCompletionAsync();
        }

        Assert.Equal(_network.AttemptsCount, fixture.Observer.Completed.Count);
        Assert.Equal(_network.AttemptsCount, fixture.Observer.Picked.Count);
        Assert.All(fixture.Fleet.Roster.Members, m => Assert.Equal(0, m.Statistics.InFlight));

        // The seed reaches what it is meant to.
        Assert.True(fixture.Fleet.Budget.Retried > 10, $"seed {seed}: {fixture.Fleet.Budget.Retried} retries");
        Assert.True(!hedges || fixture.Fleet.Budget.Hedged > 10, $"seed {seed}: {fixture.Fleet.Budget.Hedged} hedges");
    }

    /// <summary>Moves the clock to the next timer until a call has ended.</summary>
    private static async Task RunAsync(HandlerFixture fixture, Task call)
    {
        while (true)
        {
            var armed = fixture.Clock.TimerArmedAsync(due => due > TimeSpan.Zero);
            if (await Task.WhenAny(call, armed) == call)
            {
                await call;
                return;
            }

            fixture.Clock.Advance(await armed);
        }
    }

    private static async Task CallAsync(HandlerFixture fixture, HttpMessageInvoker invoker, Random random)
    {
        int kind, cancelAfterMilliseconds;
        lock (random)
        {
            (kind, cancelAfterMilliseconds) = (random.Next(5), random.Next(4) == 0 ? random.Next(1, 200) : 100_000);
        }

        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(cancelAfterMilliseconds), fixture.Clock);
        try
        {
            if (kind == 0)
            {
                var client = new GrpcClient(invoker, new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
                await client.UnaryAsync(
                    RegistryMethods.ListServices, new ListServicesRequest(),
                    new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(250), CancellationToken = cancel.Token });
                return;
            }

            using var request = new HttpRequestMessage(kind == 1 ? HttpMethod.Post : HttpMethod.Get, "http://calculator/")
            {
                Content = kind == 2 ? new ByteArrayContent([1]) : kind == 3 ? new StreamContent(new MemoryStream([1])) : null,
            };
            using var response = await invoker.SendAsync(request, cancel.Token);
            if (kind != 4)
            {
                await response.Content.ReadAsStringAsync();
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or RpcException)
        {
        }
    }

    private static async Task<HttpResponseMessage> AnswerAsync(
        ManualTimeProvider clock, Random random, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        int kind, delayMilliseconds;
        lock (random)
        {
            (kind, delayMilliseconds) = (random.Next(24), random.Next(3) == 0 ? random.Next(1, 120) : 0);
        }

        if (delayMilliseconds > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(delayMilliseconds), clock, cancellationToken);
        }

        FakeAnswer answer = kind switch
        {
            0 => FakeNetwork.Refuse,
            1 => FakeNetwork.Break,
            2 => FakeNetwork.RefuseStream,
            3 => FakeNetwork.Status(503),
            4 => FakeNetwork.Status(503, retryAfter: "1"),
            5 => FakeNetwork.Status(429, retryAfter: "0"),
            6 => FakeNetwork.Status(500),
            7 => FakeNetwork.Hang,
            8 => FakeNetwork.Status(404),
            9 => FakeNetwork.Grpc(StatusCode.Unavailable),
            10 => FakeNetwork.Grpc(StatusCode.Unavailable, "-1"),
            _ => request.Version.Major >= 2 ? FakeNetwork.Grpc(StatusCode.OK) : FakeNetwork.Status(200, body: "ok"),
        };
        return await answer(request, cancellationToken);
    }
}
