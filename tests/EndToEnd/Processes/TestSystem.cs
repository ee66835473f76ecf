using System.Globalization;
using Muster.Client;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.EndToEnd.Processes;

/// <summary>A registry of its own for one test, with the samples that the test starts.</summary>
internal sealed class TestSystem : IAsyncDisposable
{
    private const string RegistryReady = "gRPC on ";
    private const string HttpReady = "HTTP on ";

    private readonly List<IAsyncDisposable> _parts = [];

    private readonly string? _data;

    private TestSystem(ChildProcess registry, string address, string? data)
    {
        _parts.Add(registry);
        RegistryProcess = registry;
        Registry = address;
        _data = data;
    }

    /// <summary>The registry's address.</summary>
    public string Registry { get; }

    /// <summary>The address of its HTTP side.</summary>
    public required string RegistryHttp { get; init; }

    /// <summary>The registry's process.</summary>
    public ChildProcess RegistryProcess { get; private set; }

    /// <summary>Starts a registry on a free port.</summary>
    /// <param name="data">The directory that it keeps its records in; null keeps them in memory.</param>
    public static async Task<TestSystem> StartAsync(string? data = null)
    {
        var registry = StartRegistry("0", data);
        try
        {
            var line = await registry.WaitForLineAsync(RegistryReady);
            return new TestSystem(registry, AddressBehind(RegistryReady, line), data) { RegistryHttp = AddressBehind(HttpReady, line) };
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    private static string AddressBehind(string words, string line) =>
        line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..].Split(',', ' ')[0];

    /// <summary>Ends the registry by force, and starts another on the same port and directory.</summary>
    public async Task RestartRegistryAsync()
    {
        RegistryProcess.Signal("KILL");
        await RegistryProcess.ExitAsync();
        // Both ports: the one after the first, which would be the default, may be somebody else's.
        RegistryProcess = StartRegistry(PortOf(Registry), _data, "--http-port", PortOf(RegistryHttp));
        _parts.Insert(0, RegistryProcess);
        await RegistryProcess.WaitForLineAsync(RegistryReady);
    }

    /// <summary>Runs a command of the tool to its end.</summary>
    public async Task<CallResult> CommandAsync(params string[] arguments)
    {
        await using var command = Programs.Start("Muster.Cli", "muster-cli", [.. arguments, "--registry", Registry]);
        var exitCode = await command.ExitAsync();
        return new CallResult(exitCode, string.Join('\n', command.StandardOutput), command.Transcript);
    }

    /// <summary>Waits for a view of a service that the registry knows.</summary>
    public async Task<ServiceView> ViewAsync(string service, Func<ServiceView, bool> condition)
    {
        await using var client = Connect();
        var seen = new TaskCompletionSource<ServiceView>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = client.Directory.Watch(ServiceKey.Default(service));
        watch.Changed += Look;
        Look(watch.Current);
        try
        {
            return await seen.Task.WaitAsync(ChildProcess.WaitMax);
        }
        catch (TimeoutException)
        {
            var now = watch.Current.Instances.Select(i => $"{i.Id} {i.Status}");
            throw new TimeoutException($"Waited for another view of {service}; saw: {string.Join(", ", now)}");
        }

        void Look(ServiceView view)
        {
            if (view.Knowledge == ServiceKnowledge.Known && condition(view))
            {
                seen.TrySetResult(view);
            }
        }
    }

    /// <summary>Starts a sample, and waits until it is registered.</summary>
    /// <param name="project">The sample: Worker, Calculator, Echo, Rest.</param>
    /// <param name="id">What the process is called.</param>
    /// <param name="arguments">More of the command line; an address of its own takes the place of 127.0.0.1.</param>
    public async Task<ChildProcess> StartAsync(string project, string id, params string[] arguments)
    {
        var process = Programs.Start(
            project, $"muster-{project.ToLowerInvariant()}",
            ["--id", id, "--registry", Registry, .. arguments.Contains("--address") ? [] : new[] { "--address", "127.0.0.1" }, .. arguments]);
        _parts.Add(process);
        await process.WaitForLineAsync("Registered ");
        if (project == "Worker")
        {
            await process.WaitForLineAsync("Registered sum");
            await process.WaitForLineAsync("Registered increment");
        }

        return process;
    }

    /// <summary>Runs <c>call</c> to its end.</summary>
    public async Task<CallResult> CallAsync(params string[] arguments)
    {
        await using var call = Programs.Start("Shell", "muster-shell", ["call", .. arguments, "--registry", Registry]);
        var exitCode = await call.ExitAsync();
        return new CallResult(exitCode, string.Join('\n', call.StandardOutput), call.Transcript);
    }

    /// <summary>Connects from within the test.</summary>
    public MusterClient Connect() => new(new MusterClientOptions { Registry = Registry, ClientName = "test" });

    /// <summary>Waits until a client sees so many instances that may be called.</summary>
    public static async Task SeesAsync(MusterClient client, string service, int instances)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = client.Directory.Watch(ServiceKey.Default(service));
        watch.Changed += _ => Look();
        Look();
        try
        {
            await seen.Task.WaitAsync(ChildProcess.WaitMax);
        }
        catch (TimeoutException)
        {
            var now = watch.Current.Instances.Select(i => $"{i.Id} {i.Status}");
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture, $"Waited to see {instances} instances of {service}; saw: {string.Join(", ", now)}"));
        }

        void Look()
        {
            if (watch.Current.Instances.Count(i => i.Status.Tier() == 0) == instances)
            {
                seen.TrySetResult();
            }
        }
    }

    private static ChildProcess StartRegistry(string port, string? data, params string[] more) => Programs.Start(
        "Muster.Cli", "muster-cli", ["registry", "--port", port, .. data is null ? [] : new[] { "--data", data }, .. more]);

    private static string PortOf(string address) => address[(address.LastIndexOf(':') + 1)..];

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Providers first: without a registry they would wait for it.
        for (var i = _parts.Count - 1; i >= 0; i--)
        {
            await _parts[i].DisposeAsync();
        }
    }
}
