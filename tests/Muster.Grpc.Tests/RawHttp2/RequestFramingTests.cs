using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Valid requests in every shape that HTTP/2 allows: the server sees the same messages.</summary>
public sealed class RequestFramingTests
{
    private static readonly Note Note = new() { Text = "seventeen bytes", Number = 300 };
    private static readonly byte[] Message = Frames.Of(Note);

    [Fact]
    public async Task Message_CutAnywhereWhileItIsRead_ArrivesWhole()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        for (var cut = 0; cut < Message.Length; cut++)
        {
            var reading = Waits.NewEvent();
            server.Service.Chat = async (notes, replies, _) =>
            {
                await replies.WriteAsync((await notes.ReadAsync())!);

                // The first part came in the same frame as the message before it: this read looks at it, and waits.
                var next = notes.ReadAsync();
                reading.SetResult();
                await replies.WriteAsync((await next)!);
                Assert.Null(await notes.ReadAsync());
            };
            var stream = await client.OpenAsync(EchoMethods.Chat);
            await client.Connection.SendDataAsync(stream, [.. Message, .. Message[..cut]]);
            await reading.Task.Soon();
            await client.Connection.SendDataAsync(stream, Message[cut..], end: true);
            AssertOk(await client.ReadResponseAsync(stream), Note, Note);
        }
    }

    [Fact]
    public async Task Messages_OneByteToAFrame_ArriveWhole()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Chat);
        byte[] body = [.. Message, .. Frames.Of([]), .. Message];
        await client.Connection.SendAsync(body.CutEvery(1).Select(piece => RawFrames.Data(stream, piece)));
        await client.Connection.SendDataAsync(stream, [], end: true);
        AssertOk(await client.ReadResponseAsync(stream), Note, new Note(), Note);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Messages_ManyInOneFrame_ArriveOneByOne(int count)
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        var notes = Enumerable.Range(1, count).Select(number => new Note { Number = number }).ToArray();
        AssertOk(await client.CallAsync(EchoMethods.Chat, [.. notes.SelectMany(Frames.Of)]), notes);
    }

    [Fact]
    public async Task Messages_OfZeroBytes_AreMessages()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        byte[] empty = Frames.Of([]);
        AssertOk(await client.CallAsync(EchoMethods.Unary, empty), new Note());
        AssertOk(
            await client.CallAsync(EchoMethods.Chat, [.. empty, .. empty, .. empty]),
            new Note(),
            new Note(),
            new Note());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public async Task Data_Padded_PaddingIsNotPartOfTheMessage(byte padding)
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Unary);
        await client.Connection.SendAsync(
            RawFrames.PaddedData(stream, Message[..7], padding),
            RawFrames.PaddedData(stream, [], padding),
            RawFrames.PaddedData(stream, Message[7..], padding, end: true));
        AssertOk(await client.ReadResponseAsync(stream), Note);
    }

    [Fact]
    public async Task Data_EmptyFramesAround_ChangeNothing()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Unary);
        await client.Connection.SendAsync(
            RawFrames.Data(stream, []),
            RawFrames.Data(stream, Message),
            RawFrames.Data(stream, []),
            RawFrames.Data(stream, [], end: true));
        AssertOk(await client.ReadResponseAsync(stream), Note);
    }

    [Fact]
    public async Task Headers_ContinuedAtAnyByte_AreOneBlock()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, context) =>
            Task.FromResult(new Note { Text = context.RequestHeaders.GetText("x-last") });
        await using var client = await RawClient.ConnectAsync(server.Address);
        var block = RawClient.RequestBlock(EchoMethods.Unary, ("x-last", "here"));
        for (var cut = 0; cut <= block.Length; cut++)
        {
            await ExpectHereAsync(client, block.CutAt(cut));
        }

        await ExpectHereAsync(client, block.CutEvery(1));
    }

    private static async Task ExpectHereAsync(RawClient client, byte[][] pieces)
    {
        var stream = client.NewStream();
        await client.Connection.SendAsync(RawFrames.Headers(stream, end: false, pieces));
        await client.Connection.SendDataAsync(stream, Message, end: true);
        AssertOk(await client.ReadResponseAsync(stream), new Note { Text = "here" });
    }

    private static void AssertOk(RawResponse response, params Note[] notes)
    {
        Assert.Equal("0", response.Status);
        Assert.Equal(notes, response.Notes);
    }
}
