using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>The four kinds of calls over cleartext HTTP/2.</summary>
public sealed class CallKindTests
{
    [Fact]
    public async Task Unary_Echo_ReturnsTheMessage()
    {
        await using var server = await EchoServer.StartAsync();
        var reply = await server.Client.UnaryAsync(EchoMethods.Unary, new Note { Text = "grüße", Number = 7 });
        Assert.Equal(new Note { Text = "grüße", Number = 7 }, reply);
    }

    [Fact]
    public async Task Unary_EmptyMessage_ReturnsAnEmptyMessage()
    {
        await using var server = await EchoServer.StartAsync();
        Assert.Equal(new Note(), await server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
    }

    [Fact]
    public async Task ClientStreaming_ThreeMessages_ReturnsTheirSum()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Collect);
        for (var i = 1; i <= 3; i++)
        {
            await call.WriteAsync(new Note { Number = i, Text = $"{i}" });
        }

        await call.CompleteWritesAsync();
        Assert.Equal(new Note { Number = 6, Text = "123" }, await call.ReadAsync());
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task ServerStreaming_ManyMessages_ArriveInOrder()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.ServerStreaming(
            EchoMethods.Expand, new Note { Text = "x", Number = 1000 });
        var next = 0;
        await foreach (var note in call.ReadAllAsync())
        {
            Assert.Equal(next++, note.Number);
        }

        Assert.Equal(1000, next);
        Assert.Empty(call.Trailers);
    }

    [Fact]
    public async Task ServerStreaming_NoMessages_EndsWithNull()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
        Assert.Null(await call.ReadAsync());
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task Duplex_PingPong_AnswersEachMessage()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        for (var i = 0; i < 100; i++)
        {
            await call.WriteAsync(new Note { Number = i });
            Assert.Equal(i, (await call.ReadAsync())!.Number);
        }

        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task Duplex_ServerSpeaksFirst_ReadsBeforeAnyWrite()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Chat = async (notes, replies, context) =>
        {
            context.ResponseHeaders.Add("greeting", "hello");
            await context.SendHeadersAsync();
            await replies.WriteAsync(new Note { Text = "first" });
            Assert.Equal("second", (await notes.ReadAsync())!.Text);
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        Assert.Equal("hello", (await call.HeadersAsync).GetText("greeting"));
        Assert.Equal("first", (await call.ReadAsync())!.Text);
        await call.WriteAsync(new Note { Text = "second" });
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task Duplex_PendingReadAndManyWrites_RunAtTheSameTime()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        var reading = Task.Run(async () =>
        {
            var sum = 0;
            await foreach (var note in call.ReadAllAsync())
            {
                sum += note.Number;
            }

            return sum;
        });
        for (var i = 1; i <= 1000; i++)
        {
            await call.WriteAsync(new Note { Number = i });
        }

        await call.CompleteWritesAsync();
        Assert.Equal(500_500, await reading);
    }
}
