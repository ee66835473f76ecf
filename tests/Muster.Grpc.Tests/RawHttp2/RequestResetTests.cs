using Muster.Grpc.AspNetCore;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>A client that resets its stream: the handler learns of it, ends, and the connection serves on.</summary>
public sealed class RequestResetTests
{
    private const uint Cancel = 0x8;

    private static readonly byte[] Message = Frames.Of(new Note { Text = "some text" });

    public static TheoryData<string, byte[], bool> Moments() => new()
    {
        { "after the headers", [], false },
        { "in a prefix", Message[..3], false },
        { "behind a prefix", Message[..5], false },
        { "in a message", Message[..^1], false },
        { "between two messages", Message, false },
        { "in the second prefix", [.. Message, 0, 0], false },
        { "after the end of the request", Message, true },
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Reset_WhileTheRequestComes_EndsTheHandler(string moment, byte[] sent, bool end)
    {
        await using var server = await EchoServer.StartAsync();
        var entered = Waits.NewEvent();
        var ended = Waits.NewEvent<Exception?>();
        server.Service.Chat = async (notes, _, context) =>
        {
            entered.SetResult();
            var failure = await Record.ExceptionAsync(() => DrainAsync(notes));
            await context.CancellationToken.FiredAsync();
            ended.SetResult(failure);
        };
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Chat);
        await client.Connection.SendDataAsync(stream, sent, end);
        await entered.Task.Soon();
        await client.Connection.SendResetAsync(stream, Cancel);
        var failure = await ended.Task.Soon();
        if (!end)
        {
            Assert.True(failure is OperationCanceledException, $"Reset {moment}: {failure}");
        }

        await ExpectServingAsync(server, client);
    }

    [Fact]
    public async Task Reset_InTheMiddleOfTheResponse_StopsTheWriter()
    {
        await using var server = await EchoServer.StartAsync();
        var ended = Waits.NewEvent<Exception?>();
        server.Service.Expand = async (note, notes, _) =>
        {
            ended.SetResult(await Record.ExceptionAsync(async () =>
            {
                while (true)
                {
                    await notes.WriteAsync(note);
                }
            }));
        };
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Expand);
        await client.Connection.SendDataAsync(stream, Message, end: true);
        var response = new RawResponse();
        await client.ReadWhileAsync(stream, response, r => r.Body.Count < Message.Length);
        await client.Connection.SendResetAsync(stream, Cancel);
        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.Soon());
        await ExpectServingAsync(server, client);
    }

    [Fact]
    public async Task Reset_BehindTheWholeResponse_DisturbsNothing()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Unary);
        await client.Connection.SendDataAsync(stream, Message, end: true);
        Assert.Equal("0", (await client.ReadResponseAsync(stream)).Status);
        await client.Connection.SendResetAsync(stream, Cancel);
        await ExpectServingAsync(server, client);
    }

    /// <summary>RFC 9113 §8.1: the answer is whole, and the rest of the request is not wanted.</summary>
    [Fact]
    public async Task Handler_ReturnsBeforeTheRequestEnds_TrailersAndThenResetWithoutError()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Chat = (_, _, _) => throw new RpcException(StatusCode.PermissionDenied, "no");
        await using var client = await RawClient.ConnectAsync(server.Address);
        var stream = await client.OpenAsync(EchoMethods.Chat);
        var response = new RawResponse();
        await client.ReadWhileAsync(stream, response, r => r.ResetCode is null);
        Assert.True(response.HasEnded);
        Assert.Equal(("7", 0u), (response.Status, response.ResetCode!.Value));
        await ExpectServingAsync(server, client);
    }

    private static async Task DrainAsync(IRequestReader<Note> notes)
    {
        await foreach (var note in notes.ReadAllAsync())
        {
            Assert.Equal("some text", note.Text);
        }
    }

    /// <summary>The same connection serves another call, and nothing of the calls before is left.</summary>
    private static async Task ExpectServingAsync(EchoServer server, RawClient client)
    {
        Assert.Equal("0", (await client.CallAsync(EchoMethods.Unary, Message)).Status);
        client.Connection.EndWrites();
        await server.Connections.NoneAsync().Soon();
        Assert.Equal(0, server.Service.Running.Count);
    }
}
