namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Pings find a peer that is silent although its connection looks alive. One second is the shortest delay that
/// either side of .NET takes.</summary>
public sealed class ClientKeepAliveTests
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Ping_ServerAnswersNoPing_CallEndsUnavailable()
    {
        var pinged = Waits.NewEvent();
        await using var server = new RawServer(
            async (_, connection) =>
            {
                // The client probes each new connection's round trip; that ping is answered.
                await connection.ReadUntilAsync(RawFrame.Headers);
                while (await connection.ReadAsync() is { } frame)
                {
                    if (frame.Type == RawFrame.Ping)
                    {
                        pinged.TrySetResult();
                    }
                }
            },
            new SocketsHttpHandler
            {
                UseProxy = false, KeepAlivePingDelay = Shortest, KeepAlivePingTimeout = Shortest,
            });
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        var e = await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask());
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.False(e.NeverRan);
        Assert.True(pinged.Task.IsCompleted);
    }
}
