using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>A server under measurement: a process with a directory of its own on the disk that the bench runs on.</summary>
internal abstract class ServerProgram : IAsyncDisposable
{
    private static readonly TimeSpan s_startPatience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _data = Directory.CreateDirectory(
        Path.Combine("artifacts", "bench-data", Guid.NewGuid().ToString("n")));
    private Process? _process;

    protected ServerProgram() => EndPoint = new IPEndPoint(IPAddress.Loopback, FreePort());

    /// <summary>Where it serves gRPC.</summary>
    public IPEndPoint EndPoint { get; }

    protected string Data => _data.FullName;

    /// <summary>The program and its arguments.</summary>
    protected abstract (string Program, string[] Arguments) Command { get; }

    /// <summary>Starts it, and returns once it accepts connections.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var (program, arguments) = Command;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        _process = process;
        // Read, or the server would block on a full pipe; kept nowhere but for the message of a start that fails.
        var lastLine = "nothing";
        process.OutputDataReceived += (_, line) => lastLine = line.Data ?? lastLine;
        process.ErrorDataReceived += (_, line) => lastLine = line.Data ?? lastLine;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var started = Stopwatch.GetTimestamp();
        while (!await AcceptsAsync(cancellationToken))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > s_startPatience)
            {
                throw new InvalidOperationException($"{program} did not start; its last words: {lastLine}");
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>Stops it in order, so that nothing but its records is left.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _data.Delete(recursive: true);
    }

    protected static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<bool> AcceptsAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(EndPoint, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
