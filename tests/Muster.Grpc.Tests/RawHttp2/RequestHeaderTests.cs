namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Request headers that only a client of one's own can send wrong.</summary>
public sealed class RequestHeaderTests
{
    /// <summary>The specification has <c>te</c> unmask proxies that know no trailers. One that dropped it has dropped
    /// nothing that the answer needs.</summary>
    [Fact]
    public async Task Te_Missing_IsServed()
    {
        var response = await CallAsync(Without("te"));
        Assert.Equal("0", response.Status);
    }

    /// <summary>HTTP/2 knows no other value (RFC 9113 §8.2.2).</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("")]
    public Task Te_Wrong_NeverReachesTheHandler(string te) =>
        ExpectRefusalAsync(Without("te").Append(("te", te)));

    [Theory]
    [InlineData(":path")]
    [InlineData(":method")]
    [InlineData(":scheme")]
    public Task PseudoHeader_Missing_NeverReachesTheHandler(string name) => ExpectRefusalAsync(Without(name));

    [Fact]
    public Task PseudoHeader_Doubled_NeverReachesTheHandler() =>
        ExpectRefusalAsync(Without("").Prepend((":path", EchoMethods.Unary.FullName)));

    [Theory]
    [InlineData("Upper-Case", "1")]
    [InlineData("connection", "close")]
    public Task Header_NotOfHttp2_NeverReachesTheHandler(string name, string value) =>
        ExpectRefusalAsync(Without("").Append((name, value)));

    private static IEnumerable<(string Name, string Value)> Without(string name) =>
        RawClient.RequestHeaders(EchoMethods.Unary).Where(header => header.Name != name);

    private static async Task ExpectRefusalAsync(IEnumerable<(string Name, string Value)> headers)
    {
        var response = await CallAsync(headers, _ => throw new InvalidOperationException("must not be called"));
        Assert.Null(response.Status);
        Assert.False(response.HasEnded);
    }

    private static async Task<RawResponse> CallAsync(
        IEnumerable<(string Name, string Value)> headers, Func<Protos.Note, Task<Protos.Note>>? handler = null)
    {
        await using var server = await EchoServer.StartAsync();
        if (handler is not null)
        {
            server.Service.Unary = (note, _) => handler(note);
        }

        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = client.NewStream();
        await client.Connection.SendAsync(
            [.. RawFrames.Headers(stream, end: false, Hpack.Encode(headers)),
             RawFrames.Data(stream, Frames.Of([]), end: true)]);
        return await client.ReadResponseAsync(stream);
    }
}
