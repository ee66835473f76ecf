using System.Net.Http.Headers;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Grpc;

namespace Muster.Client.Tests.Telemetry;

/// <summary>Calls of other gRPC libraries are measured as Muster's own are: by content type and path.</summary>
public sealed class ForeignGrpcTests : IDisposable
{
    private const string Method = "pkg.Greeter/SayHello";
    private readonly FakeNetwork _network = new();
    private readonly Recorded _recorded = new();

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    public async Task Send_ContentTypeOfGrpc_IsMeasuredUnderItsPath(string contentType)
    {
        using var spans = new Spans();

        await PostAsync(contentType, FakeNetwork.Grpc(StatusCode.NotFound));

        Assert.Equal([(1, $"grpc.method={Method} grpc.target=calculator")], _recorded.Of(InstrumentNames.AttemptStarted));
        string[] expected = [$"grpc.method={Method} grpc.target=calculator grpc.status=NOT_FOUND"];
        Assert.Equal(expected, _recorded.Of(InstrumentNames.AttemptDuration).Select(r => r.Tags));
        Assert.Equal(expected, _recorded.Of(InstrumentNames.GrpcCallDuration).Select(r => r.Tags));
        var span = Assert.Single(await spans.NextAsync(1));
        Assert.Equal(($"Attempt.{Method}", "NOT_FOUND"), (span.DisplayName, span.GetTagItem(InstrumentNames.ErrorTag)));
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/json")]
    public async Task Send_AnotherContentType_IsNot(string contentType)
    {
        using var spans = new Spans();

        await PostAsync(contentType, FakeNetwork.Status(200));

        Assert.Empty(_recorded.Of(InstrumentNames.AttemptStarted));
        Assert.Empty(_recorded.Of(InstrumentNames.GrpcCallDuration));
        Assert.Equal("Attempt.POST", Assert.Single(await spans.NextAsync(1)).DisplayName);
    }

    public void Dispose() => _recorded.Dispose();

    private async Task PostAsync(string contentType, FakeAnswer answer)
    {
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1, MeterFactory = _recorded }, _network, _network.Add("a", answer));
        using var client = fixture.Client();
        using var content = new ByteArrayContent(new byte[5]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var response = await client.PostAsync($"/{Method}", content);
        await response.Content.ReadAsByteArrayAsync();
    }
}
