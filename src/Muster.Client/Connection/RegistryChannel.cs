using System.Net;
using System.Net.Sockets;
using Muster.Grpc;

namespace Muster.Client.Connection;

/// <summary>One address of the registry with its HTTP/2 connection.</summary>
internal sealed class RegistryChannel : IDisposable
{
    // A registry that froze, or whose network went away without a word, is noticed within ten seconds: the default TTL, so
    // a provider still has the time to find another node.
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _invoker;
    private volatile IPAddress? _localAddress;

    public RegistryChannel(string address, MusterClientOptions options)
    {
        Address = address;

        // The invoker owns the handler.
#pragma warning disable CA2000
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = ConnectAsync,
            KeepAlivePingDelay = s_keepAlive,
            KeepAlivePingTimeout = s_keepAlive,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            AllowAutoRedirect = false,
        });
#pragma warning restore CA2000
        var uri = new Uri($"http://{address}");
        Streams = new GrpcClient(_invoker, uri, new GrpcClientOptions { TimeProvider = options.TimeProvider });
        Unary = new GrpcClient(_invoker, uri, new GrpcClientOptions
        {
            TimeProvider = options.TimeProvider,
            DefaultTimeout = options.CallTimeout,
        });
    }

    /// <summary><c>host:port</c>.</summary>
    public string Address { get; }

    /// <summary>Opens streams, which have no deadline.</summary>
    public GrpcClient Streams { get; }

    /// <summary>Makes unary calls, whose deadline is <see cref="MusterClientOptions.CallTimeout"/> unless they give one.</summary>
    public GrpcClient Unary { get; }

    /// <summary>The address that the newest connection leaves from, which is the source address of the route to the registry;
    /// null before the first connection.</summary>
    public IPAddress? LocalAddress => _localAddress;

    public void Dispose() => _invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            _localAddress = (socket.LocalEndPoint as IPEndPoint)?.Address;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
