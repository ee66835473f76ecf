using System.IO.Compression;
using Google.Protobuf;
using Muster.Grpc.AspNetCore;
using Muster.Grpc.Tests.Protos;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Tests;

/// <summary>gzip of messages, both ways.</summary>
public sealed class CompressionTests
{
    private static readonly Note Compressible = new() { Text = new string('a', 100_000) };

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Unary_Compressed_ArrivesAsSent(bool request, bool response)
    {
        await using var server = await EchoServer.StartAsync(
            serverOptions: new GrpcServerOptions { CompressResponses = response });
        server.Service.Unary = (note, context) =>
        {
            Assert.Equal(request ? "gzip" : "", context.HttpContext.Request.Headers["grpc-encoding"].ToString());
            return Task.FromResult(note);
        };
        var result = await server.Client.UnaryWithMetadataAsync(
            EchoMethods.Unary, Compressible, new GrpcCallOptions { Compress = request });
        Assert.Equal(Compressible, result.Response);
    }

    [Fact]
    public async Task Streams_SwitchedPerMessage_ArriveAsSent()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Chat = async (notes, replies, context) =>
        {
            context.CompressResponses = true;
            await foreach (var note in notes.ReadAllAsync())
            {
                await replies.WriteAsync(note);
                context.CompressResponses = !context.CompressResponses;
            }
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat, new GrpcCallOptions { Compress = true });
        for (var i = 0; i < 4; i++)
        {
            await call.WriteAsync(Compressible);
            Assert.Equal(Compressible, await call.ReadAsync().Soon());
            call.CompressWrites = !call.CompressWrites;
        }
    }

    [Fact]
    public async Task Switches_WithoutAnnouncement_StayOff()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Chat = async (notes, replies, context) =>
        {
            await replies.WriteAsync((await notes.ReadAsync())!);
            context.CompressResponses = true;
            await replies.WriteAsync(new Note { Number = context.CompressResponses ? 1 : 0 });
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        call.CompressWrites = true;
        Assert.False(call.CompressWrites);
        await call.WriteAsync(Compressible);
        Assert.Equal(Compressible, await call.ReadAsync().Soon());
        Assert.Equal(0, (await call.ReadAsync().Soon())!.Number);
    }

    [Fact]
    public async Task Request_BombThatUnpacksOverTheLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync();
        var bomb = new Note { Payload = ByteString.CopyFrom(new byte[64 * 1024 * 1024]) };
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(
            EchoMethods.Unary, bomb, new GrpcCallOptions { Compress = true }));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
        Assert.Contains("unpacks", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_BombThatUnpacksOverTheLimit_IsRefused()
    {
        await using var server = await EchoServer.StartAsync(
            serverOptions: new GrpcServerOptions { CompressResponses = true });
        server.Service.Unary = (_, _) =>
            Task.FromResult(new Note { Payload = ByteString.CopyFrom(new byte[64 * 1024 * 1024]) });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
    }

    [Theory]
    [InlineData(0, StatusCode.OK)]
    [InlineData(1, StatusCode.ResourceExhausted)]
    public void Decompress_AtTheLimit_CountsTheUnpackedBytes(int over, StatusCode expected)
    {
        using var packed = GzipCodec.Compress(new byte[1000 + over])!;
        var e = Record.Exception(() => GzipCodec.Decompress(new(packed.Written), 1000).Dispose());
        Assert.Equal(expected, (e as RpcException)?.Code ?? StatusCode.OK);
    }

    [Fact]
    public void Decompress_CutOrForeignBytes_IsInternal()
    {
        using var packed = GzipCodec.Compress(new byte[10_000])!;
        byte[][] wrong = [packed.Written[..^9].ToArray(), packed.Written[..^1].ToArray(), [], new byte[20]];
        foreach (var bytes in wrong)
        {
            var e = Assert.Throws<RpcException>(() => GzipCodec.Decompress(new(bytes), 100_000).Dispose());
            Assert.Equal(StatusCode.Internal, e.Code);
        }
    }

    [Fact]
    public void Compress_BytesThatDoNotGetSmaller_AreLeftAlone()
    {
        var noise = new byte[1000];
        new Random(1).NextBytes(noise);
        Assert.Null(GzipCodec.Compress(noise));
        Assert.Null(GzipCodec.Compress([]));
        Assert.Null(GzipCodec.Compress([1]));
    }

    [Fact]
    public void Decompress_StandardGzip_IsRead()
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write("hello"u8);
        }

        using var message = GzipCodec.Decompress(new(file.ToArray()), 5);
        Assert.Equal("hello"u8.ToArray(), message.Written.ToArray());
    }
}
