using Google.Protobuf;
using Muster.Grpc;
using Muster.Interop.Protos;
using Empty = Google.Protobuf.WellKnownTypes.Empty;

namespace Muster.Interop;

/// <summary>The public interop cases, both ways, against each peer and against ourselves.</summary>
public sealed class InteropTests
{
    private const string Ourselves = "muster";

    /// <summary>What a peer's server cannot do, and why.</summary>
    private static readonly Dictionary<(string Peer, string Case), string> ServerCannot = new()
    {
        [(Peer.Node, "server_compressed_unary")] = "the server of @grpc/grpc-js 1.14 does not compress responses",
        [(Peer.Node, "server_compressed_streaming")] = "the server of @grpc/grpc-js 1.14 does not compress responses",
    };

    /// <summary>The compression flags that must be seen on the wire: of the requests and of the responses.</summary>
    private static readonly Dictionary<string, (bool[]? Requests, bool[]? Responses)> Flags = new()
    {
        ["client_compressed_unary"] = ([true, false], null),
        ["server_compressed_unary"] = (null, [true, false]),
        ["client_compressed_streaming"] = ([true, false], null),
        ["server_compressed_streaming"] = (null, [true, false]),
    };

    public static TheoryData<string, string> PeersAndCases()
    {
        var data = new TheoryData<string, string>();
        foreach (var peer in new[] { Ourselves, Peer.Python, Peer.Node })
        {
            foreach (var testCase in InteropClient.Cases.Keys)
            {
                data.Add(peer, testCase);
            }
        }

        return data;
    }

    public static TheoryData<string, string> OthersAndCases() =>
        [.. PeersAndCases().Where(row => row.Data.Item1 != Ourselves)];

    [Theory]
    [MemberData(nameof(PeersAndCases))]
    public async Task OurClient_AgainstTheServerOf_Succeeds(string peer, string testCase)
    {
        Assert.SkipWhen(ServerCannot.TryGetValue((peer, testCase), out var reason), $"{peer}: {reason}");
        await using IAsyncDisposable server = peer == Ourselves
            ? await InteropServer.StartAsync()
            : await Peer.StartServerAsync(peer);
        await using var relay = new Relay(server is Peer other ? other.Port : ((InteropServer)server).Port);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        var client = new GrpcClient(
            invoker,
            new Uri($"http://127.0.0.1:{relay.Port}"),
            new GrpcClientOptions { TimeProvider = TimeProvider.System });
        await InteropClient.Cases[testCase](new InteropClient(client)).WaitAsync(TimeSpan.FromSeconds(60));
        CheckFlags(relay, testCase);
    }

    [Theory]
    [MemberData(nameof(OthersAndCases))]
    public async Task OurServer_ForTheClientOf_Succeeds(string peer, string testCase)
    {
        await using var server = await InteropServer.StartAsync();
        await using var relay = new Relay(server.Port);
        await Peer.RunClientAsync(peer, relay.Port, testCase);
        CheckFlags(relay, testCase);
    }

    /// <summary>Python has no reflection in Debian's packages.</summary>
    [Theory]
    [InlineData(Ourselves)]
    [InlineData(Peer.Node)]
    public async Task OurReflection_OfTheServerOf_CallsWhatItWasNotBuiltFor(string peer)
    {
        await using IAsyncDisposable server = peer == Ourselves
            ? await InteropServer.StartAsync()
            : await Peer.StartServerAsync(peer);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        var client = new GrpcClient(
            invoker,
            new Uri($"http://127.0.0.1:{(server is Peer other ? other.Port : ((InteropServer)server).Port)}"),
            new GrpcClientOptions { TimeProvider = TimeProvider.System, DefaultTimeout = TimeSpan.FromSeconds(60) });
        var reflection = new ReflectionClient(client);

        Assert.Contains("grpc.testing.TestService", await reflection.ListServicesAsync());
        var service = await reflection.GetServiceAsync("grpc.testing.TestService");
        var method = GrpcMethod.DefineUntyped(service.FindMethodByName("UnaryCall"));
        var request = Empty.Parser.ParseFrom(new SimpleRequest { ResponseSize = 314 }.ToByteArray());
        var response = await client.UnaryAsync(method, request);

        Assert.Equal(314, SimpleResponse.Parser.ParseFrom(response.ToByteArray()).Payload.Body.Length);
    }

    private static void CheckFlags(Relay relay, string testCase)
    {
        if (!Flags.TryGetValue(testCase, out var expected))
        {
            return;
        }

        if (expected.Requests is { } requests)
        {
            Assert.Equal(requests, relay.Requests);
        }

        if (expected.Responses is { } responses)
        {
            Assert.Equal(responses, relay.Responses);
        }
    }
}
