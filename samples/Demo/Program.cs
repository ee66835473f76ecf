using System.CommandLine;
using Muster.Samples.Demo;
using Muster.Samples.Demo.Display;
using Muster.Samples.Shared.Settings;
using Spectre.Console;

// The composition root: the one place of this program that names the system's clock and its source of chance.
var random = Random.Shared;
var timeProvider = TimeProvider.System;

var root = new RootCommand(
    $"Starts a registry and some services as processes of their own, calls them without a pause, and shows what happens when one dies. {CommonSettings.Precedence}");
var settings = new DemoSettings();
settings.AddTo(root);
root.SetAction(async (reader, _) =>
{
    using var signals = new StopSignals();
    var interactive = !Console.IsInputRedirected && !Console.IsOutputRedirected;
    var run = new DemoRun(
        settings.Read(reader),
        () => interactive
            ? new LiveTable(AnsiConsole.Console, KeyReader.Start(), timeProvider)
            : new ProgressLines(timeProvider, Console.Out),
        random, timeProvider, Console.Out);
    try
    {
        return await run.RunAsync(signals.Token);
    }
    catch (DemoException error)
    {
        await Console.Error.WriteLineAsync(error.Message);
        return ExitCodes.Failure;
    }
    catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
    {
        await Console.Error.WriteLineAsync("Stopped before the traffic began.");
        return ExitCodes.Failure;
    }
});
return await CommandLine.RunAsync(root, args);
