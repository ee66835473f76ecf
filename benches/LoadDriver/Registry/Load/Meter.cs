using System.Diagnostics;
using Muster.Bench.LoadDriver.Registry.Systems;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Measures endless work for a while: how much a second, and whose processor time it took.</summary>
internal static class Meter
{
    /// <summary>Runs work for a duration and stops it.</summary>
    /// <param name="run">Starts the work; completes when what was begun is done.</param>
    /// <param name="work">The work.</param>
    /// <param name="server">Whose processor time counts; null counts the driver's alone.</param>
    /// <param name="duration">How long it runs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Rate> MeasureAsync(
        Func<Task> run, Work work, ServerProgram? server, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        var started = Stopwatch.GetTimestamp();
        var (driverBefore, serverBefore) = (self.TotalProcessorTime, server?.ProcessorTime);
        var running = run();
        await Task.WhenAny(running, Task.Delay(duration, cancellationToken));
        work.Stop();
        await running;
        cancellationToken.ThrowIfCancellationRequested();
        var elapsed = Stopwatch.GetElapsedTime(started);
        self.Refresh();
        return new Rate(
            work.Count / elapsed.TotalSeconds,
            (self.TotalProcessorTime - driverBefore) / elapsed,
            server is null ? 0 : (server.ProcessorTime - serverBefore!.Value) / elapsed);
    }
}
