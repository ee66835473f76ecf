using System.CommandLine;
using Muster.Bench.LoadLab;

var root = new RootCommand("Measures how well the balancing policies balance.");
root.Subcommands.Add(BalancingCommand.Create());
return await root.Parse(args).InvokeAsync();
