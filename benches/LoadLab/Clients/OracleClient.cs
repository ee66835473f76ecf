using Muster.Bench.LoadLab.Engine;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>No policy of the product: of two random servers the one that holds fewer requests in this very instant, which no
/// client can know. What two choices could reach if reports took no time.</summary>
internal sealed class OracleClient(Simulation simulation, VirtualClock clock, ulong seed) : ILabClient
{
    private readonly LabRandom _random = new(seed);

    public void Show(ServiceView view)
    {
    }

    public bool TryPick(ulong key, out Sent sent)
    {
        var servers = simulation.Servers;
        var first = _random.Below(servers.Length);
        var second = servers.Length == 1 ? 0 : (first + 1 + _random.Below(servers.Length - 1)) % servers.Length;
        var index = servers[second].InFlight < servers[first].InFlight ? second : first;
        sent = new Sent(index, null, TimeSpan.FromTicks(clock.NowTicks));
        return true;
    }

    public int ChooseProbes(Span<Sent> probes) => 0;

    public void OnProbed(in Sent probe, LoadReport report)
    {
    }

    public void OnEnded(in Sent sent, in AttemptEnd end)
    {
    }
}
