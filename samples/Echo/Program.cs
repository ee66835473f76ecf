using Muster.Grpc.AspNetCore;
using Muster.Samples.Contracts;
using Muster.Samples.Echo;
using Muster.Samples.Shared.Hosting;

// The composition root: weight and id of a process that was given none differ from run to run.
var random = Random.Shared;
var command = new ProviderCommand("echo", "Says again what it is told: a gRPC service that any number of copies may offer.", random);
return await command.RunAsync(args, (_, settings) => new Provider
{
    Services = [EchoMethods.ServiceName],
    Map = app => app.MapGrpcService(new EchoService(settings.Id)),
});
