using System.CommandLine;
using Muster.Cli;
using Muster.Cli.Commands;

var root = new RootCommand("Muster: a service registry and client-side load balancer for .NET.")
{
    RegistryCommand.Create(),
    ServicesCommand.Create(),
    InstancesCommand.Create(),
    RegisterCommand.Create(),
    CallCommand.Create(),
    WhyCommand.Create(),
    HistoryCommand.Create(),
    BreakersCommand.Create(),
    IntentCommand.CreateOut(),
    IntentCommand.CreateIn(),
    IntentCommand.CreateDrain(),
    RemoveCommand.Create(),
    GuardCommand.Create(),
    BackupCommand.Create(),
    RestoreCommand.Create(),
    HealthCommand.Create(),
};
return await root.Parse(CommandArguments.Normalize(args)).InvokeAsync();
