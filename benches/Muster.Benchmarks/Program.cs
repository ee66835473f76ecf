using System.CommandLine;
using Muster.Bench.Benchmarks;
using Muster.Bench.Benchmarks.Handlers;

var root = new RootCommand("Measures parts of the client, each by itself.");
root.Subcommands.Add(ClientCommand.Create());
root.Subcommands.Add(TargetServer.CreateCommand());
return await root.Parse(args).InvokeAsync();
