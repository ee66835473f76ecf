using System.Net;
using System.Net.Sockets;

namespace Muster.Registry.Tests.Checks;

/// <summary>Something on a real port that is probed: runs a script for each connection.</summary>
internal sealed class Target : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _accepted = new(0);
    private readonly Task _accepting;
    private int _connections;

    public Target(Func<NetworkStream, CancellationToken, Task> script, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(script);
    }

    public int Port { get; }

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Takes connections and says nothing, until the peer leaves.</summary>
    public static Target Silent(int port = 0) => new(async (stream, token) => await stream.CopyToAsync(Stream.Null, token), port);

    /// <summary>Answers each request with these bytes.</summary>
    public static Target Answering(string answer) => new(async (stream, token) =>
    {
        await ReadHeadAsync(stream, token);
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(answer), token);
        await stream.CopyToAsync(Stream.Null, token);
    });

    /// <summary>Reads the head of an HTTP/1.1 request.</summary>
    public static async Task<string> ReadHeadAsync(NetworkStream stream, CancellationToken token)
    {
        var text = "";
        var buffer = new byte[4096];
        while (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, token);
            text += read > 0 ? System.Text.Encoding.Latin1.GetString(buffer, 0, read) : throw new IOException("the request ended early");
        }

        return text;
    }

    /// <summary>Waits for the next connection.</summary>
    public async Task AcceptedAsync() => Assert.True(await _accepted.WaitAsync(s_patience), "nobody connected");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _accepted.Dispose();
    }

    private async Task AcceptAsync(Func<NetworkStream, CancellationToken, Task> script)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            Interlocked.Increment(ref _connections);
            _accepted.Release();
            _ = RunAsync(client, script);
        }
    }

    private async Task RunAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> script)
    {
        using (client)
        {
            try
            {
                await script(client.GetStream(), _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The peer hung up, or the test is over.
            }
        }
    }
}
