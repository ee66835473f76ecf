using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Client.Connection;
using Muster.Client.Discovery;
using Muster.Client.Http;
using Muster.Client.Registration;
using Muster.Core;

namespace Muster.Client;

/// <summary>A process's connection to Muster: discovery, balancing handlers, and registrations share it.</summary>
/// <remarks>Thread-safe. One per process is enough. Dispose deregisters what is still registered and closes the streams; it
/// waits at most 2 s for a registry that does not answer.</remarks>
public sealed class MusterClient : IAsyncDisposable
{
    private readonly RegistryChannels _channels;
    private readonly ServiceDirectory _directory;
    private readonly RegistrationSession _session;
    private int _disposed;

    /// <summary>Creates a client. Nothing is sent until something is asked of it.</summary>
    /// <param name="options">Where the registry is, and how patient to be.</param>
    /// <param name="loggers">Where to log; null logs nowhere.</param>
    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    public MusterClient(MusterClientOptions options, ILoggerFactory? loggers = null)
    {
        MusterClientOptionsValidator.Validate(options);
        Options = options;
        loggers ??= NullLoggerFactory.Instance;

        // A source of its own for each part, so that what one part draws does not change what another does.
        var seeds = new Random(options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue));
        _channels = new RegistryChannels(options);
        var name = options.ClientName ?? DefaultName;
        _directory = new ServiceDirectory(
            _channels, options, name, new LockedRandom(seeds.Next()), loggers.CreateLogger("Muster.Client.Discovery"));
        _session = new RegistrationSession(
            _channels, options, name, new LockedRandom(seeds.Next()),
            loggers.CreateLogger("Muster.Client.Registration"));
        Handlers = new HandlerFactory(_directory, options, loggers, newsOf: _directory.NewsOf);
        _directory.UseStatistics(Handlers);
    }

    /// <summary>What it was created with.</summary>
    public MusterClientOptions Options { get; }

    /// <summary>Finds services and keeps what was found fresh.</summary>
    public IServiceDirectory Directory => _directory;

    /// <summary>The registry's unary calls: lists of services and instances, for tools. A call that gives no deadline has
    /// <see cref="MusterClientOptions.CallTimeout"/>.</summary>
    public Grpc.GrpcClient Registry => _channels.Configured.Unary;

    /// <summary>What all handlers of this client share.</summary>
    internal HandlerFactory Handlers { get; }

    private static string DefaultName
    {
        get
        {
            var name = $"{Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "process"} {Environment.ProcessId}";
            return name.Length <= Limits.ClientNameCharsMax ? name : name[^Limits.ClientNameCharsMax..];
        }
    }

    /// <summary>Announces an instance, and keeps it announced until it is disposed.</summary>
    /// <param name="options">What to announce.</param>
    /// <returns>At once: a registry that is away now is tried until it answers.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or this client announces another instance under the
    /// same id; the message names it and the bounds.</exception>
    public InstanceRegistration Register(RegistrationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _session.Register(options with { Zone = options.Zone ?? Options.Zone });
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // First the announcements, so that no call is sent here any more; last the connections that all the others use.
        await _session.DisposeAsync().ConfigureAwait(false);
        await Handlers.DisposeAsync().ConfigureAwait(false);
        await _directory.DisposeAsync().ConfigureAwait(false);
        _channels.Dispose();
    }
}
