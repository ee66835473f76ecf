using System.CommandLine;
using Muster.Bench.LoadDriver.Grpc;
using Muster.Bench.LoadDriver.Registry;
using Muster.Bench.LoadDriver.Registry.Load;
using Muster.Bench.LoadDriver.Unregister;

// Not by way of the commands: their own handler of SIGTERM would stand before the app's.
if (args is [DrainingApp.CommandName, var registry, var service, var instanceId])
{
    await DrainingApp.RunAsync(registry, service, instanceId);
    return 0;
}

var root = new RootCommand("Measures the running system, over real sockets.");
root.Subcommands.Add(UnregisterCommand.Create(TimeProvider.System));
root.Subcommands.Add(GrpcCommand.Create());
root.Subcommands.Add(RegistryCommand.Create());
root.Subcommands.Add(ProviderProcess.CreateCommand());
root.Subcommands.Add(BenchServer.Create());
return await root.Parse(args).InvokeAsync();
