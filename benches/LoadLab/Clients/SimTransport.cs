using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>What stands in for the network below the product's handler: carries requests to a simulated server and back.</summary>
internal sealed class SimTransport(Simulation simulation, HandlerClient client, int server) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(SimCall.Key, out var call))
        {
            return ProbeAsync(cancellationToken);
        }

        var exchange = new SimExchange(client, call);
        var sent = simulation.Network.Send(new Attempt
        {
            Sent = new Sent(server, exchange, simulation.Now),
            Request = call.Request,
            Number = (byte)call.Sent,
        });
        client.OnSent(call);
        simulation.Recorder.OnSent(call.Request, server);
        return exchange.ResponseAsync(() => simulation.Network.TryAbandon(sent), cancellationToken);
    }

    private Task<HttpResponseMessage> ProbeAsync(CancellationToken cancellationToken)
    {
        var exchange = new SimExchange(client, call: null);
        simulation.Network.Probes.Add(simulation.Now.Ticks, new Probe(0, new Sent(server, exchange, simulation.Now), null));
        return exchange.ResponseAsync(static () => { }, cancellationToken);
    }
}
