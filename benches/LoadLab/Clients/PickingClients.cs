using Muster.Bench.LoadLab.Engine;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>Clients that choose where each request goes, and send it once.</summary>
internal sealed class PickingClients(Simulation simulation, ILabClient[] clients, bool probes, ulong seed) : IClientSide
{
    // A thousand keys, all as popular: what belongs together for policies that keep it together.
    private const int KeysCount = 1000;

    private readonly Sent[] _wanted = new Sent[ILabClient.ProbesMax];

    private Network Network => simulation.Network;

    public void Show(ServiceView view)
    {
        foreach (var client in clients)
        {
            client.Show(view);
        }
    }

    public (int Slot, long Serial)? Ask(int request, int client)
    {
        if (!clients[client].TryPick(KeyOf(request), out var sent))
        {
            simulation.Recorder.OnUnplaced(request);
            return null;
        }

        var number = Network.Send(new Attempt { Sent = sent, Request = request, Client = (ushort)client });
        if (probes)
        {
            SendProbes(request, client);
        }

        simulation.Recorder.OnSent(request, sent.Server);
        return number;
    }

    public void OnReturned(in Attempt attempt) => End(attempt, attempt.Outcome);

    public void OnProbed(in Probe answer) => clients[answer.Client].OnProbed(answer.Sent, answer.Report!);

    public void OnTimedOut(in Attempt attempt) => End(attempt, AttemptOutcome.TimedOut);

    private void SendProbes(int request, int client)
    {
        var count = clients[client].ChooseProbes(_wanted);
        for (var i = 0; i < count; i++)
        {
            Network.Send(new Probe(client, _wanted[i], null));
        }

        simulation.Recorder.OnProbing(request, count);
    }

    private void End(in Attempt attempt, AttemptOutcome outcome)
    {
        var report = outcome == AttemptOutcome.TimedOut ? null : attempt.Report;
        clients[attempt.Client].OnEnded(attempt.Sent, new AttemptEnd(outcome, report));
        simulation.Recorder.OnEnded(attempt.Request, attempt.Sent.Server, outcome);
    }

    private ulong KeyOf(int request) => (ulong)(LabRandom.Of(seed, ~(ulong)request) * KeysCount);
}
