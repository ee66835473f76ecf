using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Valid responses in every shape that HTTP/2 allows: the client sees the same messages and the same
/// status.</summary>
public sealed class ResponseFramingTests
{
    private static readonly Note Note = new() { Text = "seventeen bytes", Number = 300 };
    private static readonly byte[] Message = Frames.Of(Note);
    private static readonly byte[] Head = Hpack.Encode(RawServer.ResponseHeaders.Append(("x-head", "first")));
    private static readonly byte[] Trail =
        Hpack.Encode([("grpc-status", "0"), ("grpc-message", "fine"), ("x-trail", "last")]);

    public static TheoryData<string> Parts() => ["headers", "trailers", "message"];

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Response_OnePartCutAnywhere_ArrivesWhole(string part)
    {
        byte[][] head = [Head], body = [Message], trail = [Trail];
        await using var server = RawServer.Answering((connection, stream) => connection.SendAsync(
            [.. RawFrames.Headers(stream, end: false, head),
             .. body.Select(piece => RawFrames.Data(stream, piece)),
             .. RawFrames.Headers(stream, end: true, trail)]));
        var whole = part switch { "headers" => Head, "trailers" => Trail, _ => Message };
        foreach (var pieces in Enumerable.Range(0, whole.Length + 1).Select(cut => whole.CutAt(cut))
                     .Append(whole.CutEvery(1)))
        {
            _ = part switch { "headers" => head = pieces, "trailers" => trail = pieces, _ => body = pieces };
            var result = await server.Client.UnaryWithMetadataAsync(EchoMethods.Unary, Note).Soon();
            Assert.Equal(Note, result.Response);
            Assert.Equal("first", result.Headers.GetText("x-head"));
            Assert.Equal("last", result.Trailers.GetText("x-trail"));
        }
    }

    [Fact]
    public async Task Message_CutAnywhereWhileItIsRead_ArrivesWhole()
    {
        var cut = 0;
        var reading = Waits.NewEvent();
        await using var server = RawServer.Answering(async (connection, stream) =>
        {
            await connection.SendHeadersAsync(stream, end: false, RawServer.ResponseHeaders);
            await connection.SendDataAsync(stream, [.. Message, .. Message[..cut]]);
            await reading.Task.Soon();
            await connection.SendDataAsync(stream, Message[cut..]);
            await connection.SendHeadersAsync(stream, end: true, RawServer.OkTrailers);
        });
        for (cut = 0; cut < Message.Length; cut++)
        {
            reading = Waits.NewEvent();
            await using var call = server.Client.ServerStreaming(EchoMethods.Expand, Note);
            Assert.Equal(Note, await call.ReadAsync().Soon());

            // The first part came in the same frame as the message before it: this read looks at it, and waits.
            var next = call.ReadAsync();
            reading.SetResult();
            Assert.Equal(Note, await next.Soon());
            Assert.Null(await call.ReadAsync().Soon());
        }
    }

    [Fact]
    public async Task TrailersOnly_ContinuedAtAnyByte_KeepsItsStatus()
    {
        byte[][] pieces = [];
        await using var server = RawServer.Answering(
            (connection, stream) => connection.SendAsync(RawFrames.Headers(stream, end: true, pieces)));
        var block = Hpack.Encode(RawServer.ResponseHeaders.Concat([("grpc-status", "9"), ("grpc-message", "not now")]));
        for (var cut = 0; cut <= block.Length; cut++)
        {
            pieces = block.CutAt(cut);
            var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, Note));
            Assert.Equal(new Status(StatusCode.FailedPrecondition, "not now"), e.Status);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public Task Messages_ManyInOneFrame_ArriveOneByOne(int count)
    {
        var notes = Enumerable.Range(1, count).Select(number => new Note { Number = number }).ToArray();
        return ExpectAsync(stream => [RawFrames.Data(stream, [.. notes.SelectMany(Frames.Of)])], notes);
    }

    [Fact]
    public Task Messages_OneByteToAFrame_ArriveWhole() => ExpectAsync(
        stream => ((byte[])[.. Message, .. Frames.Of([]), .. Message]).CutEvery(1)
            .Select(piece => RawFrames.Data(stream, piece)),
        Note,
        new Note(),
        Note);

    [Fact]
    public Task Messages_OfZeroBytes_AreMessages() => ExpectAsync(
        stream => [RawFrames.Data(stream, [.. Frames.Of([]), .. Frames.Of([])])], new Note(), new Note());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public Task Data_Padded_PaddingIsNotPartOfTheMessage(byte padding) => ExpectAsync(
        stream =>
        [
            RawFrames.PaddedData(stream, Message[..7], padding),
            RawFrames.PaddedData(stream, [], padding),
            RawFrames.PaddedData(stream, Message[7..], padding),
        ],
        Note);

    [Fact]
    public Task Data_EmptyFramesAround_ChangeNothing() => ExpectAsync(
        stream => [RawFrames.Data(stream, []), RawFrames.Data(stream, Message), RawFrames.Data(stream, [])], Note);

    /// <summary>RFC 9113 §8.1: the answer is whole, and the rest of the request is not wanted.</summary>
    [Fact]
    public async Task Trailers_AndThenResetWithoutError_TheStatusCounts()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendHeadersAsync(headers.Stream, end: false, RawServer.ResponseHeaders);
            await connection.SendDataAsync(headers.Stream, Message);
            await connection.SendHeadersAsync(headers.Stream, end: true, ("grpc-status", "7"));
            await connection.SendResetAsync(headers.Stream, 0);
            await connection.DrainAsync();
        });
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        Assert.Equal(Note, await call.ReadAsync().Soon());
        Assert.Equal(
            StatusCode.PermissionDenied, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
    }

    /// <summary>Without a status behind the messages nobody knows whether these are all.</summary>
    [Fact]
    public async Task EndOfStream_OnAData_IsUnknown()
    {
        await using var server = RawServer.Answering(async (connection, stream) =>
        {
            await connection.SendHeadersAsync(stream, end: false, RawServer.ResponseHeaders);
            await connection.SendDataAsync(stream, Message, end: true);
        });
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, Note);
        Assert.Equal(Note, await call.ReadAsync().Soon());
        Assert.Equal(StatusCode.Unknown, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
    }

    private static async Task ExpectAsync(Func<int, IEnumerable<RawFrame>> body, params Note[] notes)
    {
        await using var server = RawServer.Answering((connection, stream) => connection.SendAsync(
            [.. RawFrames.Headers(stream, end: false, Head),
             .. body(stream),
             .. RawFrames.Headers(stream, end: true, Trail)]));
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, Note);
        foreach (var note in notes)
        {
            Assert.Equal(note, await call.ReadAsync().Soon());
        }

        Assert.Null(await call.ReadAsync().Soon());
        Assert.Equal("last", call.Trailers.GetText("x-trail"));
    }
}
