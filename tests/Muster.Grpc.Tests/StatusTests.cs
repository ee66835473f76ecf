using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Statuses from a handler to its caller.</summary>
public sealed class StatusTests
{
    public static TheoryData<StatusCode> FailureCodes() =>
        [.. Enum.GetValues<StatusCode>().Where(code => code != StatusCode.OK)];

    [Theory]
    [MemberData(nameof(FailureCodes))]
    public async Task Unary_HandlerThrows_CallerSeesCodeAndText(StatusCode code)
    {
        await using var server = await EchoServer.StartAsync();
        const string text = "50 % of ünïcode 漢字 🙂\n\tand %41 as it is";
        server.Service.Unary = (_, _) => throw new RpcException(code, text);
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(new Status(code, text), e.Status);
    }

    [Theory]
    [MemberData(nameof(FailureCodes))]
    public async Task ServerStreaming_HandlerThrowsAfterAMessage_CallerReadsItAndThenTheStatus(StatusCode code)
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Expand = async (note, notes, context) =>
        {
            context.ResponseTrailers.Add("left", "1");
            await notes.WriteAsync(note);
            var thrown = new Metadata();
            thrown.Add("thrown-bin", [1, 2, 3]);
            throw new RpcException(new Status(code, "später"), thrown);
        };
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note { Text = "a" });
        Assert.Equal("a", (await call.ReadAsync().Soon())!.Text);
        var e = await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask());
        Assert.Equal(new Status(code, "später"), e.Status);
        Assert.Equal("1", e.Trailers.GetText("left"));
        Assert.Equal([1, 2, 3], e.Trailers.GetBytes("thrown-bin")!);
        Assert.Equal("1", call.Trailers.GetText("left"));
    }

    [Fact]
    public async Task Unary_HandlerFailsUnexpectedly_TextStaysOnTheServerAndIsLoggedOnce()
    {
        await using var server = await EchoServer.StartAsync();
        server.Log.Expect("secret");
        server.Service.Unary = (_, _) => throw new InvalidOperationException("secret");
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Unknown, e.Code);
        Assert.DoesNotContain("secret", e.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(1, server.Log.Count("secret"));
    }

    [Fact]
    public async Task Unary_TextLongerThanHeadersAllow_ArrivesCut()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, _) => throw new RpcException(StatusCode.NotFound, new string('ü', 100_000));
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.NotFound, e.Code);
        Assert.Equal(new string('ü', 4096 / 6), e.Status.Detail);
    }
}
