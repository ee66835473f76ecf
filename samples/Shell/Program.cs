using System.CommandLine;
using Muster.Samples.Shared.Settings;
using Muster.Samples.Shell;

// The composition root: the one place of this program that names the system's clock and its source of chance.
var environment = new ShellEnvironment(TimeProvider.System, () => Guid.NewGuid().ToString("n"), Console.Out, Console.Error);

var root = new RootCommand(
    $"Calls the sample services: a menu on a terminal, and the command call for scripts. {CommonSettings.Precedence}");
var settings = new ClientSettings();
settings.AddTo(root);
root.SetAction((reader, cancellationToken) => InteractiveShell.RunAsync(environment, settings, reader, cancellationToken));
root.Subcommands.Add(CallCommands.Create(environment, settings));
return await CommandLine.RunAsync(root, args);
