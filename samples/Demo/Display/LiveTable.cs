using System.Globalization;
using System.Threading.Channels;
using Muster.Core.Model;
using Muster.Core.Replica;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Muster.Samples.Demo.Display;

/// <summary>A table that follows the run, for a terminal.</summary>
internal sealed class LiveTable(IAnsiConsole console, ChannelReader<char> keys, TimeProvider timeProvider) : IDemoDisplay
{
    // Quick enough to look alive, slow enough to read.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly RateTable _rates = new(timeProvider);

    /// <inheritdoc />
    public ChannelReader<char> Keys { get; } = keys;

    /// <inheritdoc />
    public Task RunAsync(Stage stage, CancellationToken end) =>
        console.Live(Render(stage)).AutoClear(false).StartAsync(context => RefreshAsync(context, stage, end));

    private async Task RefreshAsync(LiveDisplayContext context, Stage stage, CancellationToken end)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, timeProvider);
            while (await timer.WaitForNextTickAsync(end))
            {
                context.UpdateTarget(Render(stage));
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The run is over; the last table stays on the screen.
        }
    }

    private Rows Render(Stage stage)
    {
        var table = new Table().AddColumns("Service", "Instance", "Status", "CPU", "Weight", "Calls/s", "p50 ms", "p99 ms", "Failed attempts");
        foreach (var view in stage.Views)
        {
            foreach (var instance in view.Instances)
            {
                table.AddRow([.. Cells(stage, view.Key.Name, instance).Select(cell => new Markup(cell))]);
            }
        }

        var events = stage.Events.Sentences.Select(sentence => (IRenderable)new Text(sentence));
        return new Rows([table, new Markup(Totals(stage)), .. events, new Markup("[grey]k kill -9 one, f freeze one or let it go on, a add one, d drain one, q quit[/]")]);
    }

    private IEnumerable<string> Cells(Stage stage, string service, InstanceView instance)
    {
        var meter = stage.Log.MeterOf(service, instance.Id);
        yield return Markup.Escape(service);
        yield return Markup.Escape(instance.Id);
        yield return Colored(instance.Status);
        yield return instance.Soft.Load?.CpuUtilization is { } cpu ? Number(cpu * 100, "0 '%'") : "";
        yield return Number(instance.Record.Weight, "0");
        yield return Number(_rates.PerSecond(service, instance.Id, meter.Calls), "0");
        yield return Number(meter.Latency.Percentile(0.5).TotalMilliseconds, "0.0");
        yield return Number(meter.Latency.Percentile(0.99).TotalMilliseconds, "0.0");
        yield return meter.Failed == 0 ? "0" : $"[yellow]{Number(meter.Failed, "0")}[/]";
    }

    private static string Totals(Stage stage)
    {
        var color = stage.Traffic.Failed == 0 ? "green" : "red";
        stage.Handler.Read();
        var shadow = stage.Handler.ShadowAgreement is { } agreement
            ? string.Create(CultureInfo.InvariantCulture, $"; adaptive would have chosen the same {agreement * 100:0} % of the times")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stage.Elapsed.TotalSeconds:0} s, {stage.Traffic.Calls} calls, [{color}]{stage.Traffic.Failed} failed[/]; {stage.Handler.Retries} retries, {stage.Handler.Hedges} hedges{shadow}");
    }

    private static string Colored(InstanceStatus status)
    {
        var color = status switch
        {
            InstanceStatus.Healthy => "green",
            InstanceStatus.Timeout or InstanceStatus.Unhealthy => "red",
            _ => "yellow",
        };
        return $"[{color}]{status.ToString().ToUpperInvariant()}[/]";
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
