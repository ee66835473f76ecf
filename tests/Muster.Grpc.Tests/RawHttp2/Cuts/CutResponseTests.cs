using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2.Cuts;

/// <summary>Random valid responses, cut at random places: the client reports the one right status, then serves the next
/// call, and holds no buffer.</summary>
public sealed class CutResponseTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Response_CutAnywhere_HasTheRightStatus()
    {
        var clock = new ManualTimeProvider();
        using var ledger = new BufferLedger();
        var speaker = new Speaker(clock);
        var server = new RawServer((_, connection) => speaker.ServeAsync(connection), clientTime: clock);
        await Conversations.ForAllAsync(async conversation =>
        {
            speaker.Next = conversation;
            var read = new List<Note>();
            var failure = await Record.ExceptionAsync(() => CallAsync(server.Client, conversation, read)).Soon();
            var expected = speaker.Notes;
            if (speaker.IsWhole)
            {
                Assert.Null(failure);
                Assert.Equal(expected, read);
            }
            else
            {
                Assert.Equal(Expected(conversation), Assert.IsType<RpcException>(failure).Code);
                Assert.Equal(expected.Take(read.Count), read);
            }

            await speaker.Settled.Soon();
            speaker.Next = null;
            await server.Client.UnaryAsync(EchoMethods.Unary, new Note()).Soon();
            await ledger.BalancedAsync().Soon();
        });

        // Not in a finally: after a failure it may wait for what hangs, and hide the seed.
        await server.DisposeAsync();
        Assert.True(ledger.Rented > 100, $"Only {ledger.Rented} buffers were seen: the ledger does not look.");
    }

    private static StatusCode Expected(Conversation conversation) => conversation.Manner switch
    {
        CutManner.Reset => ResetCodes.Statuses[conversation.ResetCode],
        CutManner.Silence => StatusCode.DeadlineExceeded,
        _ => StatusCode.Unavailable,
    };

    private static async Task CallAsync(GrpcClient client, Conversation conversation, List<Note> read)
    {
        var options = new GrpcCallOptions { Timeout = Minute };
        var note = new Note { Text = "request" };
        switch (conversation.Kind)
        {
            case MethodKind.Unary:
                var result = await client.UnaryWithMetadataAsync(EchoMethods.Unary, note, options);
                Assert.Equal(conversation.Metadata, result.Trailers.Count);
                read.Add(result.Response);
                break;
            case MethodKind.ServerStreaming:
                await ReadAsync(client.ServerStreaming(EchoMethods.Expand, note, options), conversation, read);
                break;
            case MethodKind.ClientStreaming:
                await WriteAndReadAsync(client.Streaming(EchoMethods.Collect, options), conversation, read);
                break;
            default:
                await WriteAndReadAsync(client.Streaming(EchoMethods.Chat, options), conversation, read);
                break;
        }
    }

    private static async Task WriteAndReadAsync(
        StreamingCall<Note, Note> call, Conversation conversation, List<Note> read)
    {
        foreach (var note in conversation.Notes(streams: true))
        {
            await call.WriteAsync(note);
        }

        await call.CompleteWritesAsync();
        await ReadAsync(call, conversation, read);
    }

    private static async Task ReadAsync(StreamingCall<Note, Note> call, Conversation conversation, List<Note> read)
    {
        await using (call)
        {
            await foreach (var note in call.ReadAllAsync())
            {
                read.Add(note);
            }

            Assert.Equal(conversation.Metadata, call.Trailers.Count);
        }
    }

    /// <summary>Answers each request with the next conversation as far as it goes; without one, well.</summary>
    private sealed class Speaker(ManualTimeProvider clock)
    {
        private TaskCompletionSource _settled = Waits.NewEvent();

        public Conversation? Next { get; set; }

        /// <summary>What the last answer would say in full.</summary>
        public List<Note> Notes { get; private set; } = [];

        /// <summary>Whether it was said in full.</summary>
        public bool IsWhole { get; private set; }

        /// <summary>Completes when a cut connection is gone, or the connection can take the next call.</summary>
        public Task Settled => _settled.Task;

        public async Task ServeAsync(RawConnection connection)
        {
            while (await connection.ReadRequestAsync() is { } stream)
            {
                _settled = Waits.NewEvent();
                var isOpen = true;
                try
                {
                    isOpen = await AnswerAsync(connection, stream);
                }
                finally
                {
                    _settled.SetResult();
                }

                if (!isOpen)
                {
                    return;
                }
            }
        }

        /// <returns>Whether the connection goes on.</returns>
        private async Task<bool> AnswerAsync(RawConnection connection, int stream)
        {
            if (Next is not { } conversation)
            {
                await connection.SendHeadersAsync(stream, end: false, RawServer.ResponseHeaders);
                await connection.SendDataAsync(stream, Frames.Of([]));
                await connection.SendHeadersAsync(stream, end: true, RawServer.OkTrailers);
                return true;
            }

            Notes = conversation.Notes(
                conversation.Kind is MethodKind.ServerStreaming or MethodKind.DuplexStreaming);
            var wire = conversation.Encode(
                stream,
                RawServer.ResponseHeaders.Concat(conversation.Gzip ? [("grpc-encoding", "gzip")] : []),
                Notes,
                RawServer.OkTrailers.Concat(conversation.MetadataHeaders()));
            var cut = wire.CutOf(conversation, resetFrom: 0);
            IsWhole = cut == wire.Bytes.Length;
            await connection.SendBytesAsync(wire.Bytes.AsMemory(0, cut));
            return IsWhole || await CutAsync(connection, stream, conversation);
        }

        private async Task<bool> CutAsync(RawConnection connection, int stream, Conversation conversation)
        {
            switch (conversation.Manner)
            {
                case CutManner.Reset:
                    await connection.SendResetAsync(stream, conversation.ResetCode);
                    return true;
                case CutManner.Abort:
                    connection.Abort();
                    return false;
                case CutManner.Silence:
                    // The deadline reaches the server as a reset: the client, too, lets go of the stream.
                    clock.Advance(Minute);
                    await connection.ReadUntilAsync(RawFrame.RstStream);
                    break;
                default:
                    break;
            }

            connection.EndWrites();
            await connection.DrainAsync();
            return false;
        }
    }
}
