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
        var gone = Waits.NewEvent<bool>();
        server.Service.Chat = async (_, _, context) =>
        {
            await context.CancellationToken.FiredAsync();
            gone.SetResult(await context.IsClientSilentAsync());
        };
        await using var client = await RawClient.ConnectAsync(server.Address);
        await client.OpenAsync(EchoMethods.Chat);
        var types = new List<byte>();
        while (await client.Connection.ReadAsync().Soon() is { } frame)
        {
            types.Add(frame.Type);
        }

        Assert.Contains(RawFrame.Ping, types);
        Assert.True(await gone.Task.Soon(), "A client that answers no ping is silent.");
        await server.Connections.NoneAsync().Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ThatClosesOrResets_IsGoneButNotSilent(bool resets)
    {
        await using var server = await EchoServer.StartAsync();
        var running = Waits.NewEvent();
        var gone = Waits.NewEvent<bool>();
        server.Service.Chat = async (_, _, context) =>
        {
            running.SetResult();
            await context.CancellationToken.FiredAsync();
            gone.SetResult(await context.IsClientSilentAsync());
        };
        await using var client = await RawClient.ConnectAsync(server.Address);
        await client.OpenAsync(EchoMethods.Chat);
        await running.Task.Soon();
        await (resets ? client.Connection.SendResetAsync(1, 8) : client.DisposeAsync().AsTask());

        Assert.False(await gone.Task.Soon());
    }
}
