using System.Net;
using System.Net.Sockets;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>A server that follows a script, frame by frame, on each connection.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    public static readonly (string, string)[] ResponseHeaders =
        [(":status", "200"), ("content-type", "application/grpc")];

    public static readonly (string, string)[] OkTrailers = [("grpc-status", "0")];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HttpMessageInvoker _invoker;
    private readonly RawFrame _settings;
    private readonly Task _serving;

    /// <param name="script">Runs after the prefaces, with the number of the connection from 0 on and the
    /// connection.</param>
    /// <param name="transport">What the client sends through; null means a plain one.</param>
    /// <param name="clientTime">The client's clock; null means the system's.</param>
    /// <param name="settings">The server's settings.</param>
    public RawServer(
        Func<int, RawConnection, Task> script,
        SocketsHttpHandler? transport = null,
        TimeProvider? clientTime = null,
        params (int Id, int Value)[] settings)
    {
        _listener.Start();
        _settings = RawFrames.Settings(settings);
        _invoker = new HttpMessageInvoker(transport ?? new SocketsHttpHandler { UseProxy = false });
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        Client = new GrpcClient(
            _invoker, Address, new GrpcClientOptions { TimeProvider = clientTime ?? TimeProvider.System });
        _serving = ServeAsync(script);
    }

    public Uri Address { get; }

    public GrpcClient Client { get; }

    /// <summary>A server that reads one request after the other to its end, and then answers it.</summary>
    public static RawServer Answering(
        Func<RawConnection, int, Task> answer, TimeProvider? clientTime = null) => new(
            async (_, connection) =>
            {
                while (await connection.ReadRequestAsync() is { } stream)
                {
                    await answer(connection, stream);
                }
            },
            clientTime: clientTime);

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        _listener.Stop();
        await _serving.Soon();
    }

    private async Task ServeAsync(Func<int, RawConnection, Task> script)
    {
        var scripts = new List<Task>();
        try
        {
            for (var number = 0; ; number++)
            {
                var client = await _listener.AcceptSocketAsync();
                scripts.Add(RunAsync(script, number, client));
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The listener was stopped: while it waited for a client, or just before it was to wait for one.
        }

        await Task.WhenAll(scripts);
    }

    private async Task RunAsync(Func<int, RawConnection, Task> script, int number, Socket client)
    {
        client.NoDelay = true;
        await using var connection = new RawConnection(client);
        try
        {
            await connection.ReadPrefaceAsync();
            // A window for the connection that no test fills; those of the streams are in the settings.
            await connection.SendAsync(_settings, RawFrames.WindowUpdate(0, 1 << 30));
            await script(number, connection);
        }
        catch (IOException)
        {
            // The client has enough; what it made of the script is for the test to say.
        }
    }
}
