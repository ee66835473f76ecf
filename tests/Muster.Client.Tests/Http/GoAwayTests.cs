using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>A GOAWAY says which requests the server has not looked at. What it says nothing of must not run twice.</summary>
[Trait("pitfall", "drain")]
public sealed class GoAwayTests
{
    [Fact]
    public async Task Post_BehindTheLastStreamEverywhere_GoesToTheNextOnce()
    {
        await using var leaving = RawHttp2.GoesAwayForEver("a");
        await using var good = await StartAsync();
        await using var fixture = new HandlerFixture(leaving.View);
        using var client = Client(fixture, leaving, good);

        using var response = await client.PostAsync("/", new StringContent("x"));

        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
        Assert.Equal(1, good.Requests);

        // On how many connections the transport tries by itself.
        Assert.Equal(4, leaving.Connections);
    }

    [Theory]
    [InlineData("POST", false)]
    [InlineData("PUT", true)]
    public async Task Send_OnTheLastStreamOfAConnectionThatEnds_IsRetriedIffIdempotent(string method, bool retries)
    {
        await using var leaving = RawHttp2.ClosesUnderTheLast("a");
        await using var good = await StartAsync();
        await using var fixture = new HandlerFixture(leaving.View);
        using var client = Client(fixture, leaving, good);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/")
        {
            Content = new StringContent("x"),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (retries)
        {
            using var response = await client.SendAsync(request);
            Assert.Equal("b", await response.Content.ReadAsStringAsync());
        }
        else
        {
            var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.SendAsync(request));
            Assert.Equal(ServiceCallError.Broken, e.Error);
        }

        Assert.Equal((1, retries ? 1 : 0), (leaving.Connections, good.Requests));
    }

    private static Task<Backend> StartAsync() => Backend.StartAsync("b", protocol: EndpointProtocol.Http2);

    /// <summary>A client over HTTP/2 that takes the first one, the other being so busy.</summary>
    private static HttpClient Client(HandlerFixture fixture, RawServer first, Backend second)
    {
        fixture.Watch.Show(first.View, second.View);
        fixture.Statistics(second.Id).OnSent();
        var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastRequest });
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }
}
