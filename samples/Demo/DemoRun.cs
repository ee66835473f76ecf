using System.Globalization;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Samples.Contracts;
using Muster.Samples.Demo.Display;
using Muster.Samples.Demo.Processes;
using Muster.Samples.Demo.Traffic;
using Muster.Samples.Shared.Calls;
using Muster.Samples.Shared.Settings;
using StackExchange.Redis;

namespace Muster.Samples.Demo;

/// <summary>One run of the demo, from the first process to the last.</summary>
internal sealed class DemoRun(DemoPlan plan, Func<IDemoDisplay> createDisplay, Random random, TimeProvider timeProvider, TextWriter output)
{
    // A process that stands still answers nothing and closes nothing. Long beside any answer, short beside a call's deadline of 5 s.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the time is over or the token fires, and leaves no process behind.</summary>
    /// <returns>The exit code: success if no call failed and every acknowledged increment counted once.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        // Disposed in the reverse order: callers, providers, registry and Redis, and the guard at the very end.
        await using var guard = ProcessGuard.Start();
        await output.WriteLineAsync("Starting a registry, Redis, three workers, two calculators and two echoes.");
        await using var backing = await BackingPrograms.StartAsync(plan.Redis, guard, timeProvider, stop);
        using var counter = await RunCounter.CreateAsync(backing.Redis, random);
        var report = await RunAgainstAsync(backing, counter, guard, stop);
        if (plan.ReportPath is { } path)
        {
            await File.WriteAllTextAsync(path, report.ToJson() + "\n", CancellationToken.None);
        }

        await output.WriteLineAsync(Summary(report));
        return report.IsGood ? ExitCodes.Success : ExitCodes.Failure;
    }

    private async Task<DemoReport> RunAgainstAsync(
        BackingPrograms backing, RunCounter counter, ProcessGuard guard, CancellationToken stop)
    {
        var fleet = new Fleet(guard, backing.Registry, backing.Redis.ToString(), plan.Ttl, random, timeProvider);
        try
        {
            await using var muster = new MusterClient(new MusterClientOptions
            {
                Registry = backing.Registry, ClientName = "demo", TimeProvider = timeProvider,
                // Its registry is gone with it.
                CacheDirectory = null,
            });
            var log = new CallLog(timeProvider);
            var events = new EventLog();
            using var handler = new HandlerMeter(events);
            using var client = new SampleClient(muster, SampleClient.CallTimeoutDefault, Balancing(log));
            var traffic = new TrafficGenerator(TrafficKinds.All(counter.Key), client, timeProvider);
            var stage = new Stage(muster, fleet, traffic, log, handler, events, timeProvider);
            await SetUpAsync(stage, backing, stop);
            // On a counter of its own: a warm-up call that was given up may still count, at any time.
            await WarmUp.RunAsync(TrafficKinds.All(counter.WarmUpKey), client, stop);
            await PerformAsync(stage, createDisplay(), stop);
            return await ReportAsync(stage, counter);
        }
        finally
        {
            await fleet.StopAsync();
            await DeleteAsync(counter);
        }
    }

    // What a service wants that is called by many: slow calls are hedged, so that a process that stands still holds nobody up, and the
    // default policy is asked beside the one that the service shows. Instances say how busy they are whether or not they are called.
    private static BalancingOptions Balancing(CallLog log) => new()
    {
        Observer = log, Hedging = new HedgingOptions(), AttemptTimeout = AttemptTimeout, ShadowPolicy = PolicyNames.Adaptive,
        OutOfBandReports = TimeSpan.FromSeconds(1),
    };

    private async Task SetUpAsync(Stage stage, BackingPrograms backing, CancellationToken stop)
    {
        foreach (var kind in ProgramKind.All)
        {
            for (var i = 0; i < kind.AtStart; i++)
            {
                stage.Fleet.Add(kind);
            }
        }

        await stage.AllHealthyAsync(stop);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"All are registered after {stage.Elapsed.TotalSeconds:0.0} s. Registry at {backing.Registry}, Redis at {backing.Redis}."));
    }

    private async Task PerformAsync(Stage stage, IDemoDisplay display, CancellationToken stop)
    {
        using var time = plan.Duration is { } duration
            ? new CancellationTokenSource(duration, timeProvider)
            : new CancellationTokenSource();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, time.Token);
        stage.Begin();
        var traffic = stage.Traffic.RunAsync(end.Token);
        var director = new Director(stage, random, end);
        var acting = director.RunAsync(display.Keys, plan.Duration / 2, timeProvider);
        await display.RunAsync(stage, end.Token);
        await traffic;
        await acting;
    }

    private static async Task<DemoReport> ReportAsync(Stage stage, RunCounter counter)
    {
        var traffic = stage.Traffic;
        stage.Handler.Read();
        return new DemoReport
        {
            Calls = traffic.Calls,
            Failed = traffic.Failed,
            AcknowledgedIncrements = traffic.Services[IncrementMethods.ServiceName].Succeeded,
            Counter = await counter.ReadAsync(),
            Retries = stage.Handler.Retries,
            Hedges = stage.Handler.Hedges,
            ShadowAgreement = stage.Handler.ShadowAgreement is { } agreement ? Math.Round(agreement, 4) : null,
            KilledProcess = stage.LastKill?.Member.Name,
            MillisecondsUntilLastCallToKilled = stage.LastKill is { } kill
                ? Math.Round(kill.Member.InstanceIds.Values.Max(id => stage.Log.LastPickAfter(id, kill.At)).TotalMilliseconds, 3)
                : null,
            PerService = new(
                traffic.Services.ToDictionary(s => s.Key, s => DemoReport.ServiceFigures.Of(s.Value)), StringComparer.Ordinal),
            PerInstanceCalls = new(traffic.AnsweredBy.ToDictionary(), StringComparer.Ordinal),
            FailureTexts = [.. traffic.FailureTexts],
        };
    }

    private static async Task DeleteAsync(RunCounter counter)
    {
        try
        {
            await counter.DeleteAsync();
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            // Redis is gone, or hangs: the key has a lifetime, so it goes without us.
        }
    }

    private static string Summary(DemoReport report)
    {
        var killed = report.KilledProcess is { } name
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" {name} was killed with SIGKILL and chosen for the last time {report.MillisecondsUntilLastCallToKilled:0.0} ms later.")
            : "";
        var failures = string.Concat(report.FailureTexts.Select(text => $"\n  {text}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Calls} calls, {report.Failed} failed; {report.AcknowledgedIncrements} increments acknowledged, {report.Counter} counted; {report.Retries} retries, {report.Hedges} hedges.{killed}{failures}");
    }
}
