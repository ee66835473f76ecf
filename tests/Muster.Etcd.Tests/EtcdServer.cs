using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Muster.Etcd.Tests;

/// <summary>A real etcd, one member, in a directory of its own.</summary>
internal sealed class EtcdServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _data;

    private EtcdServer(Process process, DirectoryInfo data, int port)
    {
        _process = process;
        _data = data;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    public Uri Address { get; }

    /// <summary>Starts it; skips the test where there is none.</summary>
    public static async Task<EtcdServer> StartAsync(CancellationToken cancellationToken)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "etcd")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "etcd is not installed (Debian: apt-get install etcd-server).");
        var data = Directory.CreateTempSubdirectory("muster-etcd-");
        var (client, peer) = (FreePort(), FreePort());
        var start = new ProcessStartInfo(path!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])[
            "--data-dir", data.FullName, "--logger", "zap",
            "--listen-client-urls", Url(client), "--advertise-client-urls", Url(client),
            "--listen-peer-urls", Url(peer), "--initial-advertise-peer-urls", Url(peer), "--initial-cluster", $"default={Url(peer)}"])
        {
            start.ArgumentList.Add(argument);
        }

        var server = new EtcdServer(Process.Start(start)!, data, client);
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server._process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                isReady.TrySetException(new InvalidOperationException("etcd ended before it was ready."));
            }
            else if (line.Data.Contains("ready to serve client requests", StringComparison.Ordinal)
                || line.Data.Contains("serving client traffic insecurely", StringComparison.Ordinal))
            {
                isReady.TrySetResult();
            }
        };
        server._process.BeginErrorReadLine();
        server._process.BeginOutputReadLine();
        await isReady.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
