using System.CommandLine;
using Muster.Bench.LoadLab;
using Muster.Bench.LoadLab.Real;

var root = new RootCommand("Measures how well the balancing policies balance.");
root.Subcommands.Add(BalancingCommand.Create());
root.Subcommands.Add(HostsProgram.Create());

// What a signal means is the command's business: the default would cut it off after two seconds.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
