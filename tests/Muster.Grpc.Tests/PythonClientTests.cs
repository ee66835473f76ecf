using System.Text.Json;

namespace Muster.Grpc.Tests;

/// <summary>Our server, called by Python's grpcio.</summary>
public sealed class PythonClientTests
{
    [Fact]
    public async Task Unary_WithMetadata_ArrivesBothWays()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (note, context) =>
        {
            context.ResponseHeaders.Add("x-text", context.RequestHeaders.GetText("x-text")!);
            context.ResponseTrailers.Add("x-data-bin", context.RequestHeaders.GetBytes("x-data-bin")!);
            return Task.FromResult(note);
        };
        var seen = await RunAsync(server, "unary");
        Assert.Equal(["[24, 7]"], Replies(seen));
        Assert.Equal("a, b", Entry(seen, "initial", "x-text"));
        var allBytes = Convert.ToBase64String([.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        Assert.Equal(allBytes, Entry(seen, "trailing", "x-data-bin"));
    }

    [Theory]
    [InlineData("client_streaming", "[24, 6]")]
    [InlineData("server_streaming", "[]", "[24, 1]", "[24, 2]")]
    [InlineData("duplex", "[24, 1]", "[24, 2]", "[24, 3]")]
    public async Task Streams_OfEachKind_ArriveInOrder(string kind, params string[] replies)
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        Assert.Equal(replies, Replies(await RunAsync(server, kind)));
    }

    [Fact]
    public async Task Deadline_OfTheClient_ReachesTheServer()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        var left = Waits.NewEvent<TimeSpan?>();
        server.Service.Unary = async (note, context) =>
        {
            left.SetResult(context.TimeLeft);
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return note;
        };
        var seen = await RunAsync(server, "deadline");
        Assert.Equal("DEADLINE_EXCEEDED", seen.GetProperty("code").GetString());
        Assert.InRange((await left.Task.Soon())!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(0.2));
    }

    [Fact]
    public async Task Error_WithTextAndTrailers_Arrives()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, context) =>
        {
            context.ResponseTrailers.Add("x-why-bin", [0, 255]);
            throw new RpcException(StatusCode.FailedPrecondition, "50 % of ünïcode 漢字");
        };
        var seen = await RunAsync(server, "error");
        Assert.Equal("FAILED_PRECONDITION", seen.GetProperty("code").GetString());
        Assert.Equal("50 % of ünïcode 漢字", seen.GetProperty("details").GetString());
        Assert.Equal("AP8=", Entry(seen, "trailing", "x-why-bin"));
    }

    [Fact]
    public async Task Cancel_OfTheClient_ReachesTheServer()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        var gone = Waits.NewEvent();
        server.Service.Chat = async (notes, replies, context) =>
        {
            await replies.WriteAsync((await notes.ReadAsync())!);
            await context.CancellationToken.FiredAsync();
            gone.SetResult();
        };
        Assert.Equal("CANCELLED", (await RunAsync(server, "cancel")).GetProperty("code").GetString());
        await gone.Task.Soon();
    }

    [Fact]
    public async Task Method_Unknown_IsUnimplemented()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        Assert.Equal("UNIMPLEMENTED", (await RunAsync(server, "unknown_method")).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Message_OfAMegabyte_PassesBothWays()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync();
        Assert.Equal(1_000_004, (await RunAsync(server, "large")).GetProperty("length").GetInt32());
    }

    [Fact]
    public async Task Message_Compressed_PassesBothWays()
    {
        await Python.RequireGrpcAsync();
        await using var server = await EchoServer.StartAsync(serverOptions: new() { CompressResponses = true });
        server.Service.Unary = (note, context) =>
        {
            Assert.Equal("gzip", context.HttpContext.Request.Headers["grpc-encoding"].ToString());
            Assert.True(context.CompressResponses);
            return Task.FromResult(note);
        };
        Assert.Equal(100_004, (await RunAsync(server, "compressed")).GetProperty("length").GetInt32());
    }

    private static async Task<JsonElement> RunAsync(EchoServer server, string testCase)
    {
        await using var python = Python.Start("echo_client.py", server.Address.Authority, testCase);
        return await python.ReadJsonAsync();
    }

    private static IEnumerable<string> Replies(JsonElement seen) =>
        seen.GetProperty("replies").EnumerateArray().Select(reply => reply.GetRawText());

    private static string? Entry(JsonElement seen, string block, string key) =>
        seen.GetProperty(block).EnumerateArray().First(e => e[0].GetString() == key)[1].GetString();
}
