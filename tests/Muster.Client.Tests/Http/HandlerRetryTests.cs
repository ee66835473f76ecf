using System.Net;
using System.Net.Sockets;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

public sealed class HandlerRetryTests
{
    [Fact]
    public async Task Send_FirstRefusesConnection_GoesToTheNextInTheSameCall()
    {
        using var closed = new ClosedPort("a");
        await using var open = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(closed.View, open.View);
        using var client = fixture.Client();
        for (var i = 0; i < 4; i++)
        {
            using var response = await client.PostAsync("/", new StreamContent(new MemoryStream([1, 2, 3])));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        // One try told enough: it is set aside for the calls after it.
        Assert.Equal(1, fixture.Observer.Picked.Count(id => id == "a"));
        Assert.Equal(4, open.Requests);
    }

    [Fact]
    public async Task Send_RefusedThenAnswered_ReportsEachAttemptOnce()
    {
        using var closed = new ClosedPort("a");
        await using var open = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(closed.View);
        using var client = fixture.Client();
        await Assert.ThrowsAsync<ServiceCallException>(() => client.GetAsync("/"));
        fixture.Watch.Show(closed.View, Instances.At(open.Port, "b", health: Core.Model.Health.Degraded));

        // The healthy one is set aside, so the degraded one is better.
        using var response = await client.GetAsync("/");
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
        Assert.Equal(
            [("a", false, false), ("b", true, false)],
            fixture.Observer.Completed.Select(c => (c.InstanceId, c.Success, c.WillRetry)));
    }

    [Fact]
    public async Task Send_FourOfFiveRefuse_TriesEachOnceUntilOneAnswers()
    {
        var closed = Enumerable.Range(0, 4).Select(i => new ClosedPort($"c{i}")).ToArray();
        await using var open = await Backend.StartAsync("open");
        foreach (var policy in BuiltInPolicies.Names)
        {
            await using var fixture = new HandlerFixture([.. closed.Select(c => c.View), open.View]);
            using var client = fixture.Client(fixture.Options with { Policy = policy });
            Assert.Equal("open", await client.GetStringAsync("/"));
            Assert.Equal(fixture.Observer.Picked.Distinct(), fixture.Observer.Picked);
            Assert.Equal(fixture.Observer.Picked.Count - 1, fixture.Observer.Completed.Count(c => c.WillRetry));
        }

        Array.ForEach(closed, c => c.Dispose());
    }

    [Fact]
    public async Task Send_SetAsideTimePassed_OneCallTriesAgain()
    {
        using var closed = new ClosedPort("a");
        await using var open = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(closed.View, open.View);
        using var client = fixture.Client();
        await CallAsync(client, 4);
        Assert.Equal(1, Tries(fixture, "a"));

        // At most 1.2 s, then one trial, which sets it aside for 1.28 s at least.
        fixture.Clock.Advance(TimeSpan.FromSeconds(1.2));
        await CallAsync(client, 4);
        Assert.Equal(2, Tries(fixture, "a"));
        fixture.Clock.Advance(TimeSpan.FromSeconds(1.2));
        await CallAsync(client, 4);
        Assert.Equal(2, Tries(fixture, "a"));
    }

    [Fact]
    public async Task Send_SetAsideInstanceAnswersAgain_TakesItsTurns()
    {
        var gate = new ClosedPort("a");
        await using var open = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(gate.View, open.View);
        using var client = fixture.Client();
        await CallAsync(client, 2);
        Assert.Equal(1, Tries(fixture, "a"));

        // The same instance at the same place, now listening.
        var listener = new TcpListener(IPAddress.Loopback, gate.Port);
        gate.Dispose();
        listener.Start();
        var serving = ServeAsync(listener);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1.2));
        await CallAsync(client, 10);
        Assert.InRange(Tries(fixture, "a"), 5, 7);
        Assert.False(fixture.Fleet.Roster.Members[0].Breaker.IsOpen);
        listener.Stop();
        await serving;
    }

    [Fact]
    [Trait("pitfall", "http2-stream-limit")]
    public async Task Send_ConnectTimesOut_GoesToTheNext()
    {
        // Bound and listening with a full backlog: connections neither succeed nor fail.
        using var full = new Socket(SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "How a full backlog behaves differs by system.");
        full.Listen(0);
        var endPoint = (IPEndPoint)full.LocalEndPoint!;
        using var filler = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(endPoint);

        await using var open = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(Instances.At(endPoint.Port, "a", host: "::1"), open.View);
        var timeout = TimeSpan.FromMilliseconds(400);
        using var client = fixture.Client(fixture.Options with { ConnectTimeout = timeout });
        var isConnecting = fixture.Clock.TimerArmedAsync(due => due == timeout);
        var calls = CallAsync(client, 2);
        await isConnecting;
        fixture.Clock.Advance(timeout);
        await calls;
        Assert.Equal(1, Tries(fixture, "a"));
        Assert.True(fixture.Fleet.Roster.Members[0].Breaker.IsOpen);
    }

    [Theory]
    [InlineData("GET", null, true)]
    [InlineData("PUT", "body", true)]
    [InlineData("DELETE", null, true)]
    [InlineData("POST", "body", false)]
    [InlineData("POST", null, false)]
    [InlineData("PATCH", "body", false)]
    [Trait("pitfall", "retry-amplification")]
    public async Task Send_BreaksAfterItWasSent_IsRetriedIffIdempotent(string method, string? body, bool retries)
    {
        await using var breaking = RawServer.CutsOffAfterRequest("a");
        await using var good = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(breaking.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastRequest });
        PreferFirst(fixture, breaking.View, good.View);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = body is null ? null : new StringContent(body) };
        if (retries)
        {
            using var response = await client.SendAsync(request);
            Assert.Equal("b", await response.Content.ReadAsStringAsync());
            Assert.Equal(["a", "b"], fixture.Observer.Picked);
            Assert.Equal((false, true), (fixture.Observer.Completed.First().Success, fixture.Observer.Completed.First().WillRetry));
        }
        else
        {
            var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.SendAsync(request));
            Assert.Equal(ServiceCallError.Broken, e.Error);
            Assert.Contains("neither its method nor an idempotency-key says that it may run twice", e.Message, StringComparison.Ordinal);
            Assert.Equal(["a"], fixture.Observer.Picked);
            Assert.Equal(1, breaking.Connections);
            Assert.Equal(0, good.Requests);
        }
    }

    [Fact]
    public async Task Send_PostWithIdempotencyKeyBreaks_IsRetriedWithTheSameBodyAndKey()
    {
        await using var breaking = RawServer.CutsOffAfterRequest("a");
        var seen = "";
        await using var good = await Backend.StartAsync("b", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen = $"{context.Request.Headers["idempotency-key"]}: {await reader.ReadToEndAsync()}";
        });
        await using var fixture = new HandlerFixture(breaking.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastRequest });
        PreferFirst(fixture, breaking.View, good.View);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("the body") };
        request.Headers.Add("Idempotency-Key", "k1");
        using var response = await client.SendAsync(request);
        Assert.Equal("k1: the body", seen);
    }

    [Fact]
    public async Task Send_PutOfAStreamBreaks_IsNotRetried()
    {
        await using var breaking = RawServer.CutsOffAfterRequest("a");
        await using var good = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(breaking.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastRequest });
        PreferFirst(fixture, breaking.View, good.View);
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.PutAsync("/", new StreamContent(new MemoryStream([1]))));
        Assert.Contains("its content cannot be read a second time", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, good.Requests);
    }

    [Fact]
    public async Task Send_EveryInstanceBreaks_IsTriedAsOftenAsIsAllowed()
    {
        await using var a = RawServer.CutsOffAfterRequest("a");
        await using var b = RawServer.CutsOffAfterRequest("b");
        await using var c = RawServer.CutsOffAfterRequest("c");
        await using var fixture = new HandlerFixture(a.View, b.View, c.View);
        using var client = fixture.Client(fixture.Options with { Retry = fixture.Options.Retry! with { AttemptsMax = 2 } });
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.PutAsync("/", new StringContent("x")));
        Assert.Equal(ServiceCallError.AllFailed, e.Error);
        Assert.Contains("2 of its 3 instances tried", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, a.Connections + b.Connections + c.Connections);
        Assert.Contains("No further one was tried: it was tried as often as is allowed", e.Message, StringComparison.Ordinal);
        Assert.Equal([true, false], fixture.Observer.Completed.Select(o => o.WillRetry));
    }

    [Fact]
    public async Task Send_OnlyInstanceBreaks_IsNotTriedAgain()
    {
        await using var only = RawServer.CutsOffAfterRequest("a");
        await using var fixture = new HandlerFixture(only.View);
        using var client = fixture.Client();
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.PutAsync("/", new StringContent("x")));
        Assert.Equal(ServiceCallError.Broken, e.Error);
        Assert.Contains("there is no other instance", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, only.Connections);
    }

    [Fact]
    public async Task Send_BreaksThenRefused_GoesOnToTheThird()
    {
        await using var breaking = RawServer.CutsOffAfterRequest("a");
        using var closed = new ClosedPort("b");
        await using var good = await Backend.StartAsync("c");
        await using var fixture = new HandlerFixture(
            breaking.View, Instances.At(closed.Port, "b", health: Core.Model.Health.Degraded),
            Instances.At(good.Port, "c", liveness: Core.Model.Liveness.Timeout));
        using var client = fixture.Client();
        using var response = await client.PutAsync("/", new StringContent("x"));
        Assert.Equal(["a", "b", "c"], fixture.Observer.Picked);
    }

    // Nobody knows how a plain stream is used, so it is never held back; what was delivered cannot be taken back.
    [Fact]
    public async Task Read_PlainBodyBreaks_IsTheCallersToSee()
    {
        await using var breaking = new RawServer("a", async stream =>
        {
            await RawServer.ReadHeadAsync(stream);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray());
        });
        await using var good = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(breaking.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastRequest });
        PreferFirst(fixture, breaking.View, good.View);
        await Assert.ThrowsAnyAsync<Exception>(async () => await client.GetStringAsync("/"));
        Assert.Equal(0, good.Requests);
        var outcome = Assert.Single(fixture.Observer.Completed);
        Assert.Equal((false, false), (outcome.Success, outcome.WillRetry));
    }

    [Fact]
    public async Task Send_ServerErrorAndRetriesOff_IsDeliveredAndCountedAsFailure()
    {
        await using var a = await Backend.StartAsync("a", c =>
        {
            c.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastRequest, Retry = null });
        PreferFirst(fixture, a.View, b.View);
        using var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.False(Assert.Single(fixture.Observer.Completed).Success);
    }

    private static int Tries(HandlerFixture fixture, string id) => fixture.Observer.Picked.Count(p => p == id);

    private static async Task CallAsync(HttpClient client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var response = await client.GetAsync("/");
        }
    }

    /// <summary>Shows both instances, the second so busy that least_request takes the first.</summary>
    private static void PreferFirst(HandlerFixture fixture, InstanceView first, InstanceView second)
    {
        fixture.Watch.Show(first, second);
        fixture.Statistics(second.Id).OnSent();
    }

    private static async Task ServeAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await using var stream = new NetworkStream(socket);
                await RawServer.ReadHeadAsync(stream);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The listener was stopped: while it waited, or before it was asked to wait again.
        }
    }
}
