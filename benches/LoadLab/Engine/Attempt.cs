using Muster.AspNetCore;
using Muster.Bench.LoadLab.Clients;
using Muster.Core.Model;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>An attempt, in its slot of the table.</summary>
internal struct Attempt
{
    public Sent Sent;
    public RequestMeter Meter;
    public RequestStart Start;
    public LoadReport? Report;
    public AttemptOutcome Outcome;
    public int Request;
    public int NextFree;

    /// <summary>Different for every attempt, as the slot is not; zero in a free slot.</summary>
    public long Serial;

    public ushort Client;

    /// <summary>Attempts of the same request before it.</summary>
    public byte Number;

    /// <summary>The caller waits no longer.</summary>
    public bool IsAbandoned;

    /// <summary>It never arrives.</summary>
    public bool IsLost;

    /// <summary>It waits for a core.</summary>
    public bool IsWaiting;
}
