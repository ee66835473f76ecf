namespace Muster.Bench.LoadLab.Clients;

/// <summary>A request on its way through the handler.</summary>
internal sealed class SimCall(int request)
{
    /// <summary>Where a request, and each copy of it, carries this.</summary>
    public static readonly HttpRequestOptionsKey<SimCall> Key = new("lab-call");

    public int Request => request;

    /// <summary>Attempts that were sent for it.</summary>
    public int Sent { get; set; }

    /// <summary>Those of them that have no answer yet.</summary>
    public int Unanswered { get; set; }
}
