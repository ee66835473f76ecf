using System.Net.Sockets;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>A client that says frame by frame what goes over its one connection.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private int _lastStream = -1;

    private RawClient(Socket socket) => Connection = new RawConnection(socket);

    public RawConnection Connection { get; }

    /// <summary>Connects, and waits for the server's settings. The window of the connection is ample; that of each
    /// stream is the one given, or 65,535 bytes.</summary>
    public static async Task<RawClient> ConnectAsync(Uri address, int streamWindow = 65_535)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port).Soon();
        var client = new RawClient(socket);
        await client.Connection.SendPrefaceAsync();
        await client.Connection.SendAsync(
            RawFrames.Settings((RawFrames.HeaderTableSize, 0), (RawFrames.InitialWindowSize, streamWindow)),
            RawFrames.WindowUpdate(0, 1 << 24));
        await client.Connection.ReadUntilAsync(RawFrame.Settings).Soon();
        return client;
    }

    /// <summary>The header block of a valid request.</summary>
    public static byte[] RequestBlock(GrpcMethod method, params IEnumerable<(string Name, string Value)> more) =>
        Hpack.Encode(RequestHeaders(method).Concat(more));

    public static IEnumerable<(string Name, string Value)> RequestHeaders(GrpcMethod method) =>
    [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", method.FullName),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ];

    public int NewStream() => _lastStream += 2;

    /// <summary>Opens a stream with the headers of a request whose body is still to come.</summary>
    public async Task<int> OpenAsync(GrpcMethod method, params IEnumerable<(string Name, string Value)> more)
    {
        var stream = NewStream();
        await Connection.SendAsync(RawFrames.Headers(stream, end: false, RequestBlock(method, more)));
        return stream;
    }

    /// <summary>Reads a response to its end, wherever that is.</summary>
    public async Task<RawResponse> ReadResponseAsync(int stream)
    {
        var response = new RawResponse();
        await ReadWhileAsync(stream, response, r => !r.IsOver);
        return response;
    }

    /// <summary>Reads a response as long as this holds and the connection lives.</summary>
    public async Task ReadWhileAsync(int stream, RawResponse response, Predicate<RawResponse> more)
    {
        while (more(response) && await Connection.ReadAnsweringAsync().Soon() is { } frame)
        {
            if (frame.Stream == stream)
            {
                response.Add(frame);
            }
        }
    }

    /// <summary>A valid call with this body, in few frames.</summary>
    public async Task<RawResponse> CallAsync(GrpcMethod method, params byte[] body)
    {
        var stream = await OpenAsync(method);
        await Connection.SendDataAsync(stream, body, end: true);
        return await ReadResponseAsync(stream);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
