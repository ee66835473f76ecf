using System.Net;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>A server takes a hundred streams on a connection; what is beyond must not wait unseen behind them.</summary>
[Trait("pitfall", "http2-stream-limit")]
public sealed class Http2StreamsTests
{
    private const int StreamsPerConnection = 100;

    [Fact]
    public async Task Send_MoreCallsThanAConnectionTakes_AllArriveAtOnce()
    {
        const int Calls = StreamsPerConnection + 20;
        var (arrived, allArrived) = (0, new TaskCompletionSource());
        var finish = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync(
            "a",
            async _ =>
            {
                if (Interlocked.Increment(ref arrived) == Calls)
                {
                    allArrived.SetResult();
                }

                await finish.Task;
            },
            EndpointProtocol.Http2);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        var calls = Enumerable.Range(0, Calls).Select(_ => client.GetStringAsync("/")).ToList();
        await allArrived.Task.InTime();

        Assert.Equal(Calls, fixture.Statistics("a").InFlight);
        Assert.InRange(backend.ConnectionsMade, 2, 20);
        finish.SetResult();
        await Task.WhenAll(calls).InTime();
    }
}
