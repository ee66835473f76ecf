using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.Samples.Shared.Hosting;

// The composition root: weight and id of a process that was given none differ from run to run.
var random = Random.Shared;
var command = new ProviderCommand("rest", "Greets: a plain HTTP/1.1 service, to show that nothing here needs gRPC.", random);
return await command.RunAsync(args, (_, settings) => new Provider
{
    Services = ["rest"],
    Protocols = HttpProtocols.Http1,
    Map = app => app.MapGet("/hello/{name}", (string name) => new { Greeting = $"Hello, {name}.", ServedBy = settings.Id }),
});
