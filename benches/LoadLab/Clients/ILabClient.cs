using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>One calling process: who chooses where its requests go.</summary>
internal interface ILabClient
{
    /// <summary>Probes after one pick, at most.</summary>
    const int ProbesMax = 4;

    /// <summary>The registry shows another list, or other load.</summary>
    void Show(ServiceView view);

    /// <summary>Chooses a server for a request that is sent now.</summary>
    /// <param name="key">What the request is about, for policies with affinity.</param>
    /// <param name="sent">The attempt, to be ended exactly once.</param>
    /// <returns>False if there is no instance.</returns>
    bool TryPick(ulong key, out Sent sent);

    /// <summary>Says whom to probe, after a pick.</summary>
    /// <param name="probes">Takes the probes; <see cref="ProbesMax"/> long.</param>
    /// <returns>How many there are.</returns>
    int ChooseProbes(Span<Sent> probes);

    /// <summary>The answer to a probe is here.</summary>
    void OnProbed(in Sent probe, LoadReport report);

    /// <summary>An attempt has ended.</summary>
    /// <param name="sent">The attempt.</param>
    /// <param name="end">How.</param>
    void OnEnded(in Sent sent, in AttemptEnd end);
}
