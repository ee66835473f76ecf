using System.Globalization;

namespace Muster.EndToEnd.Processes;

/// <summary>A Redis server, or Garnet in its place, for one test.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly Func<int, ChildProcess> _start;
    private ChildProcess _process;

    private RedisServer(Func<int, ChildProcess> start, int port)
    {
        _start = start;
        Port = port;
        _process = start(port);
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Its address.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The process, to stop and to freeze.</summary>
    public ChildProcess Process => _process;

    /// <summary>Starts the real Redis; skips the test where there is none.</summary>
    public static Task<RedisServer> StartRedisAsync()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "redis-server is not installed (Debian: apt-get install redis-server).");
        return StartAsync(port => ChildProcess.Start(
            path!, ["--port", Text(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]));
    }

    /// <summary>Starts Garnet from the tool manifest; skips the test where it was not restored.</summary>
    public static Task<RedisServer> StartGarnetAsync()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var folder = Path.Combine(packages, "garnet-server");
        var path = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "GarnetServer.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        Assert.SkipWhen(path is null, "garnet-server is not restored (dotnet tool restore).");
        return StartAsync(port => ChildProcess.Start("dotnet", [path!, "--port", Text(port), "--bind", "127.0.0.1"]));
    }

    /// <summary>Starts it again, empty, on the same port.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = _start(Port);
        await ReadyAsync();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<RedisServer> StartAsync(Func<int, ChildProcess> start)
    {
        var server = new RedisServer(start, FreePort.Next());
        await server.ReadyAsync();
        return server;
    }

    private async Task ReadyAsync() => await _process.WaitForLineAsync("Ready to accept connections");

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
