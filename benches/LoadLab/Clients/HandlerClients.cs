using Muster.Bench.LoadLab.Engine;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>Clients with the product's whole handler, which decides itself how often a request is sent.</summary>
internal sealed class HandlerClients(HandlerClient[] clients) : IClientSide, IDisposable
{
    public void Show(ServiceView view)
    {
        foreach (var client in clients)
        {
            client.Show(view);
        }
    }

    public (int Slot, long Serial)? Ask(int request, int client)
    {
        clients[client].Call(request);
        return null;
    }

    public void OnReturned(in Attempt attempt) => ((SimExchange)attempt.Sent.Token!).OnAnswer(attempt.Outcome, attempt.Report);

    public void OnProbed(in Probe answer) => ((SimExchange)answer.Sent.Token!).OnAnswer(AttemptOutcome.Answered, answer.Report);

    public void OnTimedOut(in Attempt attempt) => throw new NotSupportedException("A handler's calls take what time they take.");

    public void Dispose()
    {
        foreach (var client in clients)
        {
            client.Dispose();
        }
    }
}
