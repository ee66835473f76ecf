using System.CommandLine;
using Muster.Bench.LoadDriver.Unregister;

var root = new RootCommand("Measures the running system, over real sockets.");
root.Subcommands.Add(UnregisterCommand.Create(TimeProvider.System));
return await root.Parse(args).InvokeAsync();
