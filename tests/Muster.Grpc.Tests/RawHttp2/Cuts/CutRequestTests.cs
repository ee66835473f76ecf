using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2.Cuts;

/// <summary>Random valid requests, cut at random places: the server answers, or the call just ends; nothing hangs and
/// nothing stays.</summary>
public sealed class CutRequestTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Request_CutAnywhere_HasARightStatusOrACleanEnd()
    {
        var clock = new ManualTimeProvider();
        var server = await EchoServer.StartAsync(serverTime: clock);
        await Conversations.ForAllAsync(async conversation =>
        {
            await using (var client = await RawClient.ConnectAsync(server.Address))
            {
                await TalkAsync(client, conversation, clock).Soon();
            }

            await server.Connections.NoneAsync().Soon();
            Assert.Equal(0, server.Service.Running.Count);
        });

        // Not in a finally: after a failure it may fail too, and hide the seed.
        await server.DisposeAsync();
    }

    private static async Task TalkAsync(RawClient client, Conversation conversation, ManualTimeProvider clock)
    {
        var stream = client.NewStream();
        var notes = conversation.Notes(conversation.Kind is MethodKind.ClientStreaming or MethodKind.DuplexStreaming);
        var wire = conversation.Encode(stream, Headers(conversation), notes, trailers: null);
        var cut = wire.CutOf(conversation, resetFrom: wire.HeadEnd);
        await client.Connection.SendBytesAsync(wire.Bytes.AsMemory(0, cut));
        if (cut == wire.Bytes.Length)
        {
            var response = await client.ReadResponseAsync(stream);
            Assert.Equal("0", response.Status);
            Assert.Equal(Answer(conversation.Kind, notes), response.Notes);
            return;
        }

        switch (conversation.Manner)
        {
            case CutManner.Close:
                client.Connection.EndWrites();
                await client.Connection.DrainAsync();
                break;
            case CutManner.Abort:
                client.Connection.Abort();
                break;
            case CutManner.Reset:
                await client.Connection.SendResetAsync(stream, conversation.ResetCode);
                Assert.Equal("0", (await client.CallAsync(EchoMethods.Unary, Frames.Of([]))).Status);
                break;
            case CutManner.Silence when cut >= wire.HeadEnd:
                await clock.ArmedAsync(1);
                clock.Advance(Minute);
                var late = await client.ReadResponseAsync(stream);
                Assert.Equal("4", late.Status);
                Assert.Equal(notes.Take(late.Notes.Count), late.Notes);
                break;
            default:
                // No call has begun, so there is none to end.
                break;
        }
    }

    private static IEnumerable<(string, string)> Headers(Conversation conversation)
    {
        var method = conversation.Kind switch
        {
            MethodKind.Unary => EchoMethods.Unary,
            MethodKind.ServerStreaming => EchoMethods.Expand,
            MethodKind.ClientStreaming => EchoMethods.Collect,
            _ => EchoMethods.Chat,
        };
        return
        [
            .. RawClient.RequestHeaders(method),
            .. conversation.MetadataHeaders(),
            .. conversation.Gzip ? [("grpc-encoding", "gzip")] : Array.Empty<(string, string)>(),
            .. conversation.Manner == CutManner.Silence ? [("grpc-timeout", "1M")] : Array.Empty<(string, string)>(),
        ];
    }

    /// <summary>What the test service makes of the messages.</summary>
    private static List<Note> Answer(MethodKind kind, List<Note> notes) => kind switch
    {
        MethodKind.ServerStreaming => [new Note { Number = 0 }],
        MethodKind.ClientStreaming => [new Note { Number = notes.Sum(note => note.Number) }],
        _ => notes,
    };
}
