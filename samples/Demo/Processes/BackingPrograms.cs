using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.Core.Model;

namespace Muster.Samples.Demo.Processes;

/// <summary>What the samples lean on: the registry, and Redis unless there is one already.</summary>
internal sealed class BackingPrograms : IAsyncDisposable
{
    // A cold start of both on a loaded machine of two cores stays far below.
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    // What the registry prints before its address.
    private const string RegistryReady = "gRPC on ";

    private readonly List<ChildProgram> _programs = [];
    private readonly ProcessGuard _guard;
    private readonly TimeProvider _timeProvider;

    private BackingPrograms(ProcessGuard guard, TimeProvider timeProvider)
    {
        _guard = guard;
        _timeProvider = timeProvider;
    }

    /// <summary>Where the registry is.</summary>
    public string Registry { get; private set; } = "";

    /// <summary>Where Redis is.</summary>
    public HostPort Redis { get; private set; }

    /// <summary>Starts them, and waits until both are ready.</summary>
    /// <param name="redis">A Redis server that runs already; null starts one.</param>
    /// <param name="guard">Watches over the processes.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DemoException">One of them does not start.</exception>
    public static async Task<BackingPrograms> StartAsync(
        HostPort? redis, ProcessGuard guard, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var programs = new BackingPrograms(guard, timeProvider);
        try
        {
            var registry = programs.StartRegistryAsync(cancellationToken);
            var own = redis is null ? programs.StartRedisAsync(cancellationToken) : Task.FromResult(redis.Value);
            await Task.WhenAll(registry, own);
            programs.Registry = await registry;
            programs.Redis = await own;
            return programs;
        }
        catch
        {
            await programs.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
        {
            program.Terminate();
        }

        try
        {
            await Task.WhenAll(_programs.Select(program => program.Ended)).WaitAsync(StopPatience, _timeProvider);
        }
        catch (TimeoutException)
        {
            _programs.ForEach(program => program.Dispose());
        }
    }

    private async Task<string> StartRegistryAsync(CancellationToken cancellationToken)
    {
        // Port 0: it takes a free one and says which.
        var program = Start("registry", [.. ProgramFiles.Registry, "registry", "--port", "0"]);
        var line = await program.WaitForLineAsync(RegistryReady, ReadyPatience, _timeProvider, cancellationToken);
        var address = line[(line.IndexOf(RegistryReady, StringComparison.Ordinal) + RegistryReady.Length)..].Split(',', ' ')[0];
        return HostPort.TryParse(address, out var parsed, out _) && parsed.Port is not null
            ? address
            : throw new DemoException($"The registry says where it is in words that are not understood: {line}");
    }

    private async Task<HostPort> StartRedisAsync(CancellationToken cancellationToken)
    {
        var port = FreePort();
        var command = await GarnetFiles.CommandAsync(port.ToString(CultureInfo.InvariantCulture), cancellationToken);
        var program = Start("garnet", command);
        await program.WaitForLineAsync("Ready to accept connections", ReadyPatience, _timeProvider, cancellationToken);
        return new HostPort("127.0.0.1", port);
    }

    private ChildProgram Start(string name, IEnumerable<string> command)
    {
        var program = ChildProgram.Start(name, _guard, new Dictionary<string, string> { ["PORT"] = "" }, command);
        lock (_programs)
        {
            _programs.Add(program);
        }

        return program;
    }

    // Free a moment ago; whoever takes it meanwhile makes the server end with a message that names the port.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
