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
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseProxy = false });
    private readonly Task _serving;

    /// <param name="script">Runs after the prefaces, with the number of the connection from 0 on and the
    /// connection.</param>
    public RawServer(Func<int, RawConnection, Task> script)
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        Client = new GrpcClient(_invoker, Address, new GrpcClientOptions { TimeProvider = TimeProvider.System });
        _serving = ServeAsync(script);
    }

    public Uri Address { get; }

    public GrpcClient Client { get; }

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
                var client = await _listener.AcceptTcpClientAsync();
                scripts.Add(RunAsync(script, number, client));
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The listener was stopped: while it waited for a client, or just before it was to wait for one.
        }

        await Task.WhenAll(scripts);
    }

    private static async Task RunAsync(Func<int, RawConnection, Task> script, int number, TcpClient client)
    {
        client.NoDelay = true;
        await using var connection = new RawConnection(client.GetStream());
        try
        {
            await connection.ReadPrefaceAsync();
            await connection.SendAsync(RawFrame.Settings, 0, 0);
            await script(number, connection);
        }
        catch (IOException)
        {
            // The client has enough; what it made of the script is for the test to say.
        }
    }
}
