using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Muster.Client.Tests.Http;

/// <summary>Passes bytes between clients and a server, until the network between them goes silent: connections stay open, and nothing more
/// comes through those that were made before.</summary>
internal sealed class SilentRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly ConcurrentQueue<Connection> _connections = new();
    private readonly Task _accepting;

    public SilentRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int ConnectionsMade => _connections.Count;

    /// <summary>Passes nothing more on of the connections that there are.</summary>
    public void FallSilent()
    {
        foreach (var connection in _connections)
        {
            connection.IsSilent = true;
        }
    }

    /// <summary>Completes when the client has closed its first connection.</summary>
    public Task FirstGivenUpAsync => _connections.First().GivenUp.Task;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await server.ConnectAsync(IPAddress.Loopback, _target);
                var connection = new Connection(new NetworkStream(client, ownsSocket: true), new NetworkStream(server, ownsSocket: true));
                _connections.Enqueue(connection);
                _ = connection.PassAsync(connection.Client, connection.Server, connection.GivenUp);
                _ = connection.PassAsync(connection.Server, connection.Client, new TaskCompletionSource());
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The listener was stopped.
        }
    }

    private sealed record Connection(NetworkStream Client, NetworkStream Server) : IDisposable
    {
        private volatile bool _isSilent;

        public bool IsSilent
        {
            get => _isSilent;
            set => _isSilent = value;
        }

        public TaskCompletionSource GivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task PassAsync(NetworkStream from, NetworkStream to, TaskCompletionSource ended)
        {
            var buffer = new byte[16 * 1024];
            try
            {
                while (await from.ReadAsync(buffer) is > 0 and var read)
                {
                    if (!IsSilent)
                    {
                        await to.WriteAsync(buffer.AsMemory(0, read));
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // That is an end too.
            }

            ended.TrySetResult();
        }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
