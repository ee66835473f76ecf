using System.Net;
using System.Net.Sockets;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

/// <summary>A server that speaks no protocol: each connection runs the test's script, and is then cut off.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _connections;

    public RawServer(string id, Func<NetworkStream, Task> script)
    {
        Id = id;
        _listener.Start();
        View = Instances.At(((IPEndPoint)_listener.LocalEndpoint).Port, id);
        _accepting = AcceptAsync(script);
    }

    public string Id { get; }

    public int Connections => Volatile.Read(ref _connections);

    public InstanceView View { get; }

    /// <summary>Reads the head of an HTTP/1.1 request and cuts off.</summary>
    public static RawServer CutsOffAfterRequest(string id) => new(id, ReadHeadAsync);

    public static async Task ReadHeadAsync(NetworkStream stream)
    {
        var buffer = new byte[16 * 1024];
        var count = 0;
        while (buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(count));
            if (read == 0 || (count += read) == buffer.Length)
            {
                return;
            }
        }
    }

    /// <summary>Refuses connections from here on; those that exist go on.</summary>
    public void StopListening() => _listener.Stop();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<NetworkStream, Task> script)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                _ = RunAsync(socket, script);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private static async Task RunAsync(Socket socket, Func<NetworkStream, Task> script)
    {
        // Linger zero: the peer sees a reset, as after kill -9, rather than a polite end.
        socket.LingerState = new LingerOption(true, 0);
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await script(stream);
        }
        catch (IOException)
        {
        }
    }
}
