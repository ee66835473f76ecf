using Google.Protobuf;
using Muster.Grpc.AspNetCore;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Message-size limits, at the exact byte, on all four sides that have one.</summary>
public sealed class MessageLimitTests
{
    private const int Default = 4 * 1024 * 1024;

    [Fact]
    public async Task Default_MessageOfExactlyFourMebibytes_PassesBothWays()
    {
        await using var server = await EchoServer.StartAsync();
        var note = NoteOf(Default);
        Assert.Equal(note, await server.Client.UnaryAsync(EchoMethods.Unary, note));
    }

    [Fact]
    public async Task Request_OneByteOverTheServersLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync();
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, NoteOf(Default + 1)));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
        Assert.Contains("4194305", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_OneByteOverTheClientsLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, _) => Task.FromResult(NoteOf(Default + 1));
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
    }

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, StatusCode.ResourceExhausted)]
    public async Task Request_AtTheClientsSendLimit_IsSentUpToIt(int bytes, StatusCode? failure)
    {
        await using var server = await EchoServer.StartAsync(
            clientOptions: new GrpcClientOptions { TimeProvider = TimeProvider.System, SendMessageBytesMax = 100 });
        var e = await Record.ExceptionAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, NoteOf(bytes)));
        Assert.Equal(failure, (e as RpcException)?.Code);
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        e = await Record.ExceptionAsync(() => call.WriteAsync(NoteOf(bytes)).AsTask());
        Assert.Equal(failure, (e as RpcException)?.Code);
    }

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, StatusCode.ResourceExhausted)]
    public async Task Response_AtTheServersSendLimit_IsSentUpToIt(int bytes, StatusCode? failure)
    {
        await using var server = await EchoServer.StartAsync(
            serverOptions: new GrpcServerOptions { SendMessageBytesMax = 100 });
        server.Service.Expand = async (_, notes, _) =>
        {
            await notes.WriteAsync(new Note());
            await notes.WriteAsync(EncodedMessage.Encode(NoteOf(bytes)));
        };
        var e = await Record.ExceptionAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, NoteOf(bytes)));
        Assert.Equal(failure, (e as RpcException)?.Code);
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
        Assert.NotNull(await call.ReadAsync().Soon());
        e = await Record.ExceptionAsync(() => call.ReadAsync().AsTask());
        Assert.Equal(failure, (e as RpcException)?.Code);
    }

    [Fact]
    public void Options_LimitOfZero_IsRefused()
    {
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        var options = new GrpcClientOptions { TimeProvider = TimeProvider.System, ReceiveMessageBytesMax = 0 };
        Assert.Throws<ArgumentOutOfRangeException>(() => new GrpcClient(invoker, new Uri("http://localhost"), options));
    }

    /// <summary>A message of exactly this encoded size: field 2, whose tag is one byte and whose length is a
    /// varint.</summary>
    private static Note NoteOf(int bytes)
    {
        var payload = bytes - 2;
        while (new Note { Payload = ByteString.CopyFrom(new byte[payload]) }.CalculateSize() > bytes)
        {
            payload--;
        }

        var note = new Note { Payload = ByteString.CopyFrom(new byte[payload]) };
        Assert.Equal(bytes, note.CalculateSize());
        return note;
    }
}
