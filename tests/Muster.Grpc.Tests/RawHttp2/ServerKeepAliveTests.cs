namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Pings find a peer that is silent although its connection looks alive. One second is the shortest delay that
/// either side of .NET takes.</summary>
public sealed class ServerKeepAliveTests
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Ping_OfTheClient_IsAnsweredWithItsPayload()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        byte[] payload = [1, 2, 3, 4, 5, 6, 7, 8];
        await client.Connection.SendAsync(RawFrame.Ping, 0, 0, payload);
        var answer = await client.Connection.ReadUntilAsync(RawFrame.Ping).Soon();
        Assert.Equal(RawFrame.Ack, answer.Flags);
        Assert.Equal(payload, answer.Payload);
    }

    [Fact]
    public async Task Ping_ClientAnswersNoPing_ConnectionEndsAndTokenFires()
    {
        await using var server = await EchoServer.StartAsync(limit: limits =>
        {
            limits.Http2.KeepAlivePingDelay = Shortest;
            limits.Http2.KeepAlivePingTimeout = Shortest;
        });
        var gone = Waits.NewEvent();
        server.Service.Chat = async (_, _, context) =>
        {
            await context.CancellationToken.FiredAsync();
            gone.SetResult();
        };
        await using var client = await RawClient.ConnectAsync(server.Address);
        await client.OpenAsync(EchoMethods.Chat);
        var types = new List<byte>();
        while (await client.Connection.ReadAsync().Soon() is { } frame)
        {
            types.Add(frame.Type);
        }

        Assert.Contains(RawFrame.Ping, types);
        await gone.Task.Soon();
        await server.Connections.NoneAsync().Soon();
    }
}
