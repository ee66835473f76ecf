using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Calls that wait for a server to come.</summary>
public sealed class WaitForReadyTests
{
    private static readonly GrpcCallOptions Waiting = new() { WaitForReady = true };

    [Fact]
    public async Task Unary_ServerComesAtTheThirdTry_Succeeds()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync();
        using var invoker = new HttpMessageInvoker(new Unreachable(server.Invoker, failures: 2));
        var client = new GrpcClient(invoker, server.Address, new GrpcClientOptions { TimeProvider = clock });
        var call = client.UnaryAsync(EchoMethods.Unary, new Note { Number = 1 }, Waiting);
        await PassAsync(clock, TimeSpan.FromMilliseconds(100));
        await PassAsync(clock, TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, (await call.Soon()).Number);
    }

    [Fact]
    public async Task Duplex_ServerComesLater_WriteWaitsForIt()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync();
        using var invoker = new HttpMessageInvoker(new Unreachable(server.Invoker, failures: 1));
        var client = new GrpcClient(invoker, server.Address, new GrpcClientOptions { TimeProvider = clock });
        await using var call = client.Streaming(EchoMethods.Chat, Waiting);
        var write = call.WriteAsync(new Note { Number = 2 });
        await PassAsync(clock, TimeSpan.FromMilliseconds(100));
        await write.Soon();
        Assert.Equal(2, (await call.ReadAsync().Soon())!.Number);
    }

    [Fact]
    public async Task Unary_DeadlinePassesInThePause_EndsOnTime()
    {
        var clock = new ManualTimeProvider();
        using var invoker = new HttpMessageInvoker(new Unreachable(null!, failures: int.MaxValue));
        var client = new GrpcClient(
            invoker, new Uri("http://localhost"), new GrpcClientOptions { TimeProvider = clock });
        var call = client.UnaryAsync(
            EchoMethods.Unary, new Note(), Waiting with { Timeout = TimeSpan.FromMilliseconds(50) });
        await clock.ArmedAsync(2).Soon();
        clock.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => call)).Code);
    }

    // The server must not be promised what the wait has used up.
    [Fact]
    public async Task Unary_ServerComesAfterAPause_IsTheTimeThatIsLeft()
    {
        var clock = new ManualTimeProvider();
        var promised = new List<double>();
        using var invoker = new HttpMessageInvoker(new Unreachable(null!, failures: int.MaxValue)
        {
            Seen = request => promised.Add(GrpcHeaders.ReadTimeout(request)!.Value.TotalMilliseconds),
        });
        var client = new GrpcClient(invoker, new Uri("http://localhost"), new GrpcClientOptions { TimeProvider = clock });
        var call = client.UnaryAsync(EchoMethods.Unary, new Note(), Waiting with { Timeout = TimeSpan.FromMilliseconds(250) });
        await clock.ArmedAsync(2).Soon();
        clock.Advance(TimeSpan.FromMilliseconds(100));
        await clock.ArmedAsync(2).Soon();
        clock.Advance(TimeSpan.FromMilliseconds(150));
        await Waits.RpcFailureAsync(() => call);
        Assert.Equal(2, promised.Count);
        Assert.Equal(250, promised[0]);
        Assert.InRange(promised[1], 150, 150.01);
    }

    [Fact]
    public async Task Unary_FailureThatMayHaveRun_IsNotRepeated()
    {
        using var invoker = new HttpMessageInvoker(
            new Unreachable(null!, failures: int.MaxValue, HttpRequestError.ResponseEnded));
        var client = new GrpcClient(
            invoker, new Uri("http://localhost"), new GrpcClientOptions { TimeProvider = new ManualTimeProvider() });
        var e = await Waits.RpcFailureAsync(() => client.UnaryAsync(EchoMethods.Unary, new Note(), Waiting));
        Assert.Equal(StatusCode.Unavailable, e.Code);
    }

    private static async Task PassAsync(ManualTimeProvider clock, TimeSpan pause)
    {
        await clock.ArmedAsync(1).Soon();
        clock.Advance(pause - TimeSpan.FromTicks(1));
        await clock.ArmedAsync(1).Soon();
        clock.Advance(TimeSpan.FromTicks(1));
    }

    private sealed class Unreachable(
        HttpMessageInvoker next, int failures, HttpRequestError error = HttpRequestError.ConnectionError)
        : HttpMessageHandler
    {
        private int _failures;

        public Action<HttpRequestMessage>? Seen { get; init; }

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // A handler that leaves its mark: the copy of the next try must not carry it.
            Assert.False(request.Headers.Contains("x-tried"));
            request.Headers.Add("x-tried", "1");
            Seen?.Invoke(request);
            return _failures++ < failures
                ? Task.FromException<HttpResponseMessage>(new HttpRequestException(error, "not there"))
                : next.SendAsync(request, cancellationToken);
        }
    }
}
