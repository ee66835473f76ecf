using Microsoft.Extensions.Logging;

namespace Muster.Client;

/// <summary>A process's connection to Muster: discovery, balancing handlers, and registrations share it.</summary>
/// <remarks>Thread-safe. One per process is enough. Dispose deregisters what is still registered and closes the streams.</remarks>
public sealed class MusterClient : IAsyncDisposable
{
    /// <summary>Creates a client. Nothing is sent until something is asked of it.</summary>
    /// <param name="options">Where the registry is, and how patient to be.</param>
    /// <param name="loggers">Where to log; null logs nowhere.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it and the bounds.</exception>
    public MusterClient(MusterClientOptions options, ILoggerFactory? loggers = null)
    {
        Options = options;
        _ = loggers;
    }

    /// <summary>What it was created with.</summary>
    public MusterClientOptions Options { get; }

    /// <summary>Finds services and keeps what was found fresh.</summary>
    public Discovery.IServiceDirectory Directory => throw new NotImplementedException();

    /// <summary>The registry's unary calls: lists of services and instances, for tools.</summary>
    public Grpc.GrpcClient Registry => throw new NotImplementedException();

    /// <summary>A handler that sends each request to an instance of the service that the URI's host names.</summary>
    /// <param name="options">How to choose; null means the defaults.</param>
    /// <returns>A handler for <see cref="HttpClient"/>, <see cref="HttpMessageInvoker"/> or a gRPC client on one of them. State
    /// (connections, statistics) belongs to this client, not to the handler, so handlers may come and go.</returns>
    public HttpMessageHandler CreateHandler(Balancing.BalancingOptions? options = null) => throw new NotImplementedException();

    /// <summary>Announces an instance, and keeps it announced until it is disposed.</summary>
    /// <param name="options">What to announce.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it and the bounds.</exception>
    public Registration.InstanceRegistration Register(Registration.RegistrationOptions options) => throw new NotImplementedException();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
