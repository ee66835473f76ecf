using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Muster.Interop;

/// <summary>Passes bytes between a client and a server unchanged, and reads the HTTP/2 frames on the way: the judge of
/// which messages were compressed, whatever either side says.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private const int PrefaceBytes = 24;
    private const int FrameHeadBytes = 9;
    private const byte DataFrame = 0;
    private const byte PaddedFlag = 8;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _target;
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly Task _accepting;

    public Relay(int targetPort)
    {
        _target = new IPEndPoint(IPAddress.Loopback, targetPort);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>The compression flag of each request message, in order of arrival.</summary>
    public ConcurrentQueue<bool> Requests { get; } = new();

    /// <summary>The compression flag of each response message, in order of arrival.</summary>
    public ConcurrentQueue<bool> Responses { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var pumps = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                client.NoDelay = true;
                _sockets.Add(client);
                _sockets.Add(server);
                await server.ConnectAsync(_target);
                pumps.Add(PumpAsync(client, server, PrefaceBytes, Requests));
                pumps.Add(PumpAsync(server, client, 0, Responses));
            }
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            // The listener was stopped: while it waited, or (InvalidOperationException) before it was asked to wait again.
        }

        await Task.WhenAll(pumps);
    }

    private static async Task PumpAsync(Socket from, Socket to, int prefaceBytes, ConcurrentQueue<bool> flags)
    {
        var messages = new Dictionary<int, MessageScanner>();
        try
        {
            // Inside, because a client that gave up at once is no longer connected here.
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            await PassAsync(source, target, prefaceBytes);
            while (true)
            {
                var head = await PassAsync(source, target, FrameHeadBytes);
                var payload = await PassAsync(source, target, BinaryPrimitives.ReadInt32BigEndian(head) >> 8);
                if (head[3] == DataFrame)
                {
                    var stream = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue;
                    var data = (head[4] & PaddedFlag) == 0 ? payload : payload[1..^payload[0]];
                    if (!messages.TryGetValue(stream, out var scanner))
                    {
                        messages[stream] = scanner = new MessageScanner();
                    }

                    scanner.Scan(data, flags);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // One side has closed; so does the other.
            from.Close();
            to.Close();
        }
    }

    private static async Task<byte[]> PassAsync(NetworkStream source, NetworkStream target, int count)
    {
        var bytes = new byte[count];
        await source.ReadExactlyAsync(bytes);
        await target.WriteAsync(bytes);
        return bytes;
    }

    /// <summary>Finds the prefixes in the data of one stream, wherever the frames cut it.</summary>
    private sealed class MessageScanner
    {
        private readonly List<byte> _prefix = [];
        private long _left;

        public void Scan(byte[] data, ConcurrentQueue<bool> flags)
        {
            foreach (var b in data)
            {
                if (_left > 0)
                {
                    _left--;
                    continue;
                }

                _prefix.Add(b);
                if (_prefix.Count == 5)
                {
                    flags.Enqueue(_prefix[0] == 1);
                    _left = BinaryPrimitives.ReadUInt32BigEndian([_prefix[1], _prefix[2], _prefix[3], _prefix[4]]);
                    _prefix.Clear();
                }
            }
        }
    }
}
