using Muster.Grpc.AspNetCore;
using Muster.Samples.Calculator;
using Muster.Samples.Contracts;
using Muster.Samples.Shared.Hosting;

// The composition root: weight and id of a process that was given none differ from run to run.
var random = Random.Shared;
var command = new ProviderCommand("calculator", "Adds, subtracts, multiplies and divides: a gRPC service.", random);
return await command.RunAsync(args, (_, settings) => new Provider
{
    Services = [CalculatorMethods.ServiceName],
    Map = app => app.MapGrpcService(new CalculatorService(settings.Id)),
});
