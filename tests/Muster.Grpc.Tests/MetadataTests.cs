using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Metadata, text and binary, in all four directions it travels.</summary>
public sealed class MetadataTests
{
    private static readonly byte[] AllBytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    [Fact]
    public async Task Unary_HeadersBothWaysAndTrailers_ArriveAsSent()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (note, context) =>
        {
            foreach (var entry in context.RequestHeaders.Where(e => e.Key.StartsWith("x-", StringComparison.Ordinal)))
            {
                Copy(entry, context.ResponseHeaders);
                Copy(entry, context.ResponseTrailers);
            }

            return Task.FromResult(note);
        };
        var headers = new Metadata();
        headers.Add("X-Text", "printable ASCII, with a comma");
        headers.Add("x-empty", "");
        headers.Add("x-all-bin", AllBytes);
        headers.Add("x-one-bin", [0]);
        headers.Add("x-empty-bin", []);
        var result = await server.Client.UnaryWithMetadataAsync(
            EchoMethods.Unary, new Note(), new GrpcCallOptions { Headers = headers });
        foreach (var received in new[] { result.Headers, result.Trailers })
        {
            Assert.Equal(5, received.Count);
            Assert.Equal("printable ASCII, with a comma", received.GetText("x-text"));
            Assert.Equal("", received.GetText("x-empty"));
            Assert.Equal(AllBytes, received.GetBytes("X-All-Bin")!);
            Assert.Equal([0], received.GetBytes("x-one-bin")!);
            Assert.Equal([], received.GetBytes("x-empty-bin")!);
        }
    }

    [Fact]
    public async Task Unary_RepeatedKeys_BinaryStaysApartAndTextIsJoinedAtMost()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, context) =>
        {
            context.ResponseTrailers.Add("x-text", "1");
            context.ResponseTrailers.Add("x-text", "2");
            context.ResponseTrailers.Add("x-bin", [1]);
            context.ResponseTrailers.Add("x-bin", [2]);
            return Task.FromResult(new Note
            {
                Text = string.Join('|', context.RequestHeaders.Where(e => e.Key == "x-text").Select(e => e.TextValue)),
                Number = context.RequestHeaders.Count(e => e.Key == "x-bin"),
            });
        };
        var headers = new Metadata();
        headers.Add("x-text", "a");
        headers.Add("x-text", "b");
        headers.Add("x-bin", [1, 2]);
        headers.Add("x-bin", [3]);
        var result = await server.Client.UnaryWithMetadataAsync(
            EchoMethods.Unary, new Note(), new GrpcCallOptions { Headers = headers });
        Assert.Equal("a, b", result.Response.Text);
        Assert.Equal(2, result.Response.Number);
        Assert.Equal(["1", "2"], result.Trailers.Where(e => e.Key == "x-text").Select(e => e.TextValue));
        Assert.Equal([1, 2], result.Trailers.Where(e => e.Key == "x-bin").Select(e => (int)e.BinaryValue!.Single()));
    }

    [Fact]
    public async Task TrailersOnly_HandlerSetHeadersBeforeItFailed_BothArrive()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Chat = (_, _, context) =>
        {
            context.ResponseHeaders.Add("x-head", "h");
            context.ResponseTrailers.Add("x-tail", "t");
            throw new RpcException(StatusCode.Aborted, "no");
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        Assert.Equal("h", (await call.HeadersAsync.Soon()).GetText("x-head"));
        var e = await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask());
        Assert.Equal("t", e.Trailers.GetText("x-tail"));
        Assert.Null(e.Trailers.GetText("x-head"));
    }

    [Fact]
    public async Task Call_MoreMetadataThanTheBound_EndsUnsent()
    {
        await using var server = await EchoServer.StartAsync();
        var headers = new Metadata();
        headers.Add("x-large", new string('a', 17 * 1024));
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(
            EchoMethods.Unary, new Note(), new GrpcCallOptions { Headers = headers }));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
        Assert.Equal(0, server.ConnectionCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handler_MoreMetadataThanTheBound_CallerSeesResourceExhausted(bool inTrailers)
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (note, context) =>
        {
            var target = inTrailers ? context.ResponseTrailers : context.ResponseHeaders;
            target.Add("x-large", new string('a', 17 * 1024));
            return Task.FromResult(note);
        };
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
    }

    [Theory]
    [InlineData("grpc-status")]
    [InlineData("content-type")]
    [InlineData("te")]
    [InlineData(":path")]
    [InlineData("with space")]
    [InlineData("ümlaut")]
    [InlineData("text-bin")]
    [InlineData("")]
    public void Add_TextUnderAForbiddenKey_Throws(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata().Add(key, "value"));

    [Theory]
    [InlineData("line\nbreak")]
    [InlineData("ümlaut")]
    public void Add_TextThatIsNotPrintableAscii_Throws(string value) =>
        Assert.Throws<ArgumentException>(() => new Metadata().Add("x-key", value));

    [Fact]
    public void Add_BytesUnderATextKey_Throws() =>
        Assert.Throws<ArgumentException>(() => new Metadata().Add("x-key", [1]));

    [Fact]
    public void Add_ToTheSharedEmpty_Throws() =>
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("x-key", "value"));

    private static void Copy(MetadataEntry entry, Metadata target)
    {
        if (entry.BinaryValue is { } bytes)
        {
            target.Add(entry.Key, bytes);
        }
        else
        {
            target.Add(entry.Key, entry.TextValue!);
        }
    }
}
