using System.Diagnostics;
using System.Globalization;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>The running target.</summary>
internal sealed class TargetProcess : IAsyncDisposable
{
    private readonly Process _process;

    /// <param name="process">The process.</param>
    /// <param name="ports">Its ports, those of plain HTTP first.</param>
    public TargetProcess(Process process, string ports)
    {
        _process = process;
        int[] all = [.. ports.Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
        Plain = all[..TargetServer.Instances];
        Grpc = all[TargetServer.Instances..];
    }

    /// <summary>HTTP/1.1.</summary>
    public IReadOnlyList<int> Plain { get; }

    /// <summary>HTTP/2 without TLS.</summary>
    public IReadOnlyList<int> Grpc { get; }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
