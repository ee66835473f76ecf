using Google.Protobuf;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Back-pressure on the server: it sends what the client's window takes, byte for byte.</summary>
public sealed class ServerWindowTests
{
    private static readonly byte[] OneNote = Frames.Of(new Note { Number = 1 });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(2000)]
    public async Task Response_WindowExhausted_GoesOnWithEachUpdate(int window)
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, _) =>
            Task.FromResult(new Note { Payload = ByteString.CopyFrom(new byte[5000]) });
        await using var client = await RawClient.ConnectAsync(server.Address, window);
        var stream = await client.OpenAsync(EchoMethods.Unary);
        await client.Connection.SendDataAsync(stream, OneNote, end: true);
        var response = new RawResponse();
        var granted = window;
        foreach (var more in new[] { 1, 4, 1000, 1500 })
        {
            await client.ReadWhileAsync(stream, response, r => r.Headers.Count == 0 || r.Body.Count < granted);
            Assert.Equal(granted, response.Body.Count);
            Assert.False(response.IsOver);
            await client.Connection.SendAsync(RawFrames.WindowUpdate(stream, more));
            granted += more;
        }

        await client.Connection.SendAsync(RawFrames.WindowUpdate(stream, 10_000));
        await client.ReadWhileAsync(stream, response, r => !r.IsOver);
        Assert.Equal("0", response.Status);
        Assert.Equal(5000, response.Notes.Single().Payload.Length);
    }

    [Fact]
    public async Task Writer_WindowExhausted_StaysAFewBuffersAhead()
    {
        const int MessageBytes = 16 * 1024;
        const int Messages = 64;

        // Kestrel takes 64 KiB beyond the window (MaxResponseBufferSize), and lets the write through that passes it.
        const int AheadMax = (64 * 1024) + (2 * MessageBytes);
        await using var server = await EchoServer.StartAsync();
        var written = 0;
        server.Service.Expand = async (_, notes, _) =>
        {
            var note = new Note { Payload = ByteString.CopyFrom(new byte[MessageBytes]) };
            for (var i = 0; i < Messages; i++)
            {
                await notes.WriteAsync(note);
                Interlocked.Increment(ref written);
            }
        };
        await using var client = await RawClient.ConnectAsync(server.Address, streamWindow: 0);
        var stream = await client.OpenAsync(EchoMethods.Expand);
        await client.Connection.SendDataAsync(stream, OneNote, end: true);
        var response = new RawResponse();
        for (var granted = 0; granted < Messages * MessageBytes; granted += MessageBytes)
        {
            await client.ReadWhileAsync(stream, response, r => r.Headers.Count == 0 || r.Body.Count < granted);
            var ahead = (Volatile.Read(ref written) * MessageBytes) - granted;
            Assert.True(ahead <= AheadMax, $"The writer is {ahead} bytes ahead of a window of {granted}.");
            await client.Connection.SendAsync(RawFrames.WindowUpdate(stream, MessageBytes));
        }

        await client.Connection.SendAsync(RawFrames.WindowUpdate(stream, MessageBytes));
        await client.ReadWhileAsync(stream, response, r => !r.IsOver);
        Assert.Equal(Messages, response.Notes.Count);
    }

    [Fact]
    public async Task Writer_WindowNeverOpens_EndsWithTheDeadline()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(serverTime: clock);
        var ended = Waits.NewEvent<Exception?>();
        var waiting = Waits.NewEvent();
        server.Service.Expand = async (_, notes, _) =>
        {
            // More than the 64 KiB that Kestrel takes beyond the window.
            var writing = notes.WriteAsync(new Note { Payload = ByteString.CopyFrom(new byte[100_000]) }).AsTask();
            waiting.SetResult();
            var failure = await Record.ExceptionAsync(() => writing);
            ended.SetResult(failure);
            throw failure!;
        };
        await using var client = await RawClient.ConnectAsync(server.Address, streamWindow: 0);
        var stream = await client.OpenAsync(EchoMethods.Expand, ("grpc-timeout", "1M"));
        await client.Connection.SendDataAsync(stream, OneNote, end: true);
        await waiting.Task.Soon();
        clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++)
        {
            // Round trips, in which a reset would show: the bytes get a moment to leave, so that the status can follow.
            await client.Connection.SendAsync(RawFrame.Ping, 0, 0, new byte[8]);
            var frame = await client.Connection.FindAsync(f => f.Type is RawFrame.Ping or RawFrame.RstStream).Soon();
            Assert.Equal(RawFrame.Ping, frame!.Type);
        }

        Assert.False(ended.Task.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.Soon());
        const uint Cancel = 0x8;
        Assert.Equal(Cancel, (await client.ReadResponseAsync(stream)).ResetCode);
        Assert.Equal(0, server.Service.Running.Count);
    }
}
