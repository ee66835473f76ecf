using Muster.Grpc;

namespace Muster.Cli.Commands;

/// <summary>A connection to the registry for one command.</summary>
internal sealed class RegistryConnection : IDisposable
{
    /// <summary>How long a call may take that waits for nothing.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly SocketsHttpHandler _handler = new() { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false };
    private readonly HttpMessageInvoker _invoker;

    public RegistryConnection(string address)
    {
        _invoker = new HttpMessageInvoker(_handler);
        Client = new GrpcClient(_invoker, new Uri($"http://{address}"), new GrpcClientOptions
        {
            TimeProvider = TimeProvider.System,
            DefaultTimeout = Timeout,
            // A list of services may be longer than the usual 4 MiB; the tool that asked for it wants it whole.
            ReceiveMessageBytesMax = 256 * 1024 * 1024,
        });
    }

    public GrpcClient Client { get; }

    public void Dispose()
    {
        _invoker.Dispose();
        _handler.Dispose();
    }
}
