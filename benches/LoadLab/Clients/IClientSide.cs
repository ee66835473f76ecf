using Muster.Bench.LoadLab.Engine;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>All calling processes of a simulation.</summary>
internal interface IClientSide
{
    /// <summary>The registry shows another list, or other load.</summary>
    void Show(ServiceView view);

    /// <summary>A client makes a request.</summary>
    /// <returns>The attempt whose time is limited; null if there is none.</returns>
    (int Slot, long Serial)? Ask(int request, int client);

    /// <summary>An answer is here that somebody waits for.</summary>
    void OnReturned(in Attempt attempt);

    /// <summary>The answer to a probe is here.</summary>
    void OnProbed(in Probe answer);

    /// <summary>The time of an attempt is over before its answer is here.</summary>
    void OnTimedOut(in Attempt attempt);
}
