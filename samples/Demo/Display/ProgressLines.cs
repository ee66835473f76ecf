using System.Globalization;
using System.Threading.Channels;
using Muster.Core.Model;
using Muster.Samples.Demo.Traffic;

namespace Muster.Samples.Demo.Display;

/// <summary>A line each second, for where there is no terminal.</summary>
internal sealed class ProgressLines(TimeProvider timeProvider, TextWriter output) : IDemoDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public ChannelReader<char> Keys { get; } = Channel.CreateBounded<char>(1).Reader;

    /// <inheritdoc />
    public async Task RunAsync(Stage stage, CancellationToken end)
    {
        stage.Events.Said += output.WriteLine;
        try
        {
            using var timer = new PeriodicTimer(Interval, timeProvider);
            while (await timer.WaitForNextTickAsync(end))
            {
                await output.WriteLineAsync(Line(stage));
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The run is over.
        }
        finally
        {
            stage.Events.Said -= output.WriteLine;
        }
    }

    private static string Line(Stage stage)
    {
        var instances = stage.Views.SelectMany(view => view.Instances).ToList();
        var healthy = instances.Count(instance => instance.Status == InstanceStatus.Healthy);
        var services = stage.Traffic.Services.OrderBy(service => service.Key, StringComparer.Ordinal)
            .Select(service => $"{service.Key} {Figures(service.Value)}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stage.Elapsed.TotalSeconds,4:0} s  {stage.Traffic.Calls} calls, {stage.Traffic.Failed} failed; {healthy} of {instances.Count} instances healthy; p50/p99 ms: {string.Join(", ", services)}");
    }

    private static string Figures(CallMeter meter) => string.Create(
        CultureInfo.InvariantCulture,
        $"{meter.Latency.Percentile(0.5).TotalMilliseconds:0.0}/{meter.Latency.Percentile(0.99).TotalMilliseconds:0.0}");
}
