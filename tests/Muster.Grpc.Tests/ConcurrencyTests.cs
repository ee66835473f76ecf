using Google.Protobuf;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Many calls on one connection, and misuse of a single one.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Unary_SixtyFourAtOnce_ShareOneConnectionAndKeepTheirAnswers()
    {
        await using var server = await EchoServer.StartAsync();
        var all = Waits.NewEvent();
        var arrived = 0;
        server.Service.Unary = async (note, _) =>
        {
            // No one is answered before everyone is here: the calls really run side by side.
            if (Interlocked.Increment(ref arrived) == 64)
            {
                all.SetResult();
            }

            await all.Task;
            return note;
        };
        var calls = Enumerable.Range(0, 64).Select(
            i => server.Client.UnaryAsync(EchoMethods.Unary, new Note { Number = i })).ToList();
        var replies = await Task.WhenAll(calls).Soon();
        Assert.Equal(Enumerable.Range(0, 64), replies.Select(r => r.Number));
        Assert.Equal(1, server.ConnectionCount);
    }

    [Fact]
    public async Task Duplex_ThirtyTwoStreams_KeepTheirOrder()
    {
        await using var server = await EchoServer.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 32).Select(stream => Task.Run(async () =>
        {
            await using var call = server.Client.Streaming(EchoMethods.Chat);
            var writing = Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    await call.WriteAsync(new Note { Number = i, Text = $"{stream}" });
                }

                await call.CompleteWritesAsync();
            });
            var next = 0;
            await foreach (var note in call.ReadAllAsync())
            {
                Assert.Equal((next++, $"{stream}"), (note.Number, note.Text));
            }

            Assert.Equal(200, next);
            await writing;
        }))).Soon();
        Assert.Equal(1, server.ConnectionCount);
    }

    [Fact]
    public async Task Write_PeerDoesNotRead_WriterWaitsUntilItDoes()
    {
        await using var server = await EchoServer.StartAsync();
        var release = Waits.NewEvent();
        server.Service.Collect = async (notes, _) =>
        {
            await release.Task;
            var count = 0;
            await foreach (var note in notes.ReadAllAsync())
            {
                count += note.Payload.Length > 0 ? 1 : 0;
            }

            return new Note { Number = count };
        };
        await using var call = server.Client.Streaming(EchoMethods.Collect);
        var note = new Note { Payload = ByteString.CopyFrom(new byte[64 * 1024]) };

        // Kestrel's window for a stream is 768 KiB. More than 4 MiB would mean that nothing holds the writer back.
        var written = 0;
        Task pending;
        do
        {
            Assert.True(written < 64, "64 messages of 64 KiB were taken although nobody reads them.");
            pending = call.WriteAsync(note).AsTask();
            written++;
            await EchoAsync(server);
        }
        while (pending.IsCompleted);
        Assert.True(written >= 8, $"Only {written} messages of 64 KiB fitted into a window of 768 KiB.");
        release.SetResult();
        await pending.Soon();
        await call.CompleteWritesAsync();
        Assert.Equal(written, (await call.ReadAsync().Soon())!.Number);
    }

    /// <summary>Round trips on the same connection: what was queued before them and may be sent has been sent after
    /// them.</summary>
    private static async Task EchoAsync(EchoServer server)
    {
        for (var i = 0; i < 3; i++)
        {
            await server.Client.UnaryAsync(EchoMethods.Unary, new Note()).Soon();
        }
    }

    [Fact]
    public async Task Read_WhileAnotherReadIsPending_Throws()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        var first = call.ReadAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.ReadAsync().AsTask());
        await call.CompleteWritesAsync();
        Assert.Null(await first.Soon());
    }

    [Fact]
    public async Task Write_AfterCompletion_Throws()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.CompleteWritesAsync();
        await call.CompleteWritesAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WriteAsync(new Note()).AsTask());
        Assert.Null(await call.ReadAsync().Soon());
    }

    [Fact]
    public async Task Write_OnASingleRequest_Throws()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WriteAsync(new Note()).AsTask());
    }

    [Fact]
    public async Task Trailers_BeforeTheEnd_Throws()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        Assert.Throws<InvalidOperationException>(() => call.Trailers);
    }

    [Fact]
    public async Task EncodedMessages_Unflushed_LeaveWithTheNextFlush()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Expand = async (note, notes, _) =>
        {
            var encoded = EncodedMessage.Encode(note);
            await notes.WriteAsync(encoded, flush: false);
            await notes.WriteAsync(encoded, flush: false);
            await notes.WriteAsync(encoded);
        };
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note { Text = "same" });
        var texts = new List<string>();
        await foreach (var note in call.ReadAllAsync())
        {
            texts.Add(note.Text);
        }

        Assert.Equal(["same", "same", "same"], texts);
    }

    [Fact]
    public async Task Context_UsedAfterTheHandlerReturned_Throws()
    {
        await using var server = await EchoServer.StartAsync();
        var kept = Waits.NewEvent<AspNetCore.IResponseWriter<Note>>();
        server.Service.Expand = (_, notes, _) =>
        {
            kept.SetResult(notes);
            return Task.CompletedTask;
        };
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
        Assert.Null(await call.ReadAsync().Soon());
        var writer = await kept.Task;
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteAsync(new Note()).AsTask());
    }
}
