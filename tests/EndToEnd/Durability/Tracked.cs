using System.Globalization;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Durability;

/// <summary>What a test asked of one instance, and what the registry has acknowledged of it. One request at a time.</summary>
internal sealed class Tracked(string id, string host)
{
    // Long enough that a record cut in half could not pass for whole.
    private static readonly string s_padding = new('x', 300);

    private Wanted? _acknowledged;
    private Wanted? _pending;
    private int _versions;

    public string Id => id;

    /// <summary>The lease that holds it; 0 if the answer that names it was lost.</summary>
    public ulong Lease { get; set; }

    /// <summary>Whether an answer is missing.</summary>
    public bool IsPending { get; private set; }

    public bool IsListed => _acknowledged is not null;

    /// <summary>A registration, the first or another, that no earlier one equals.</summary>
    public Instance Register()
    {
        Begin(new Wanted(++_versions, _acknowledged?.Intent ?? Intent.Serving));
        return new Instance
        {
            Service = Ledger.Service,
            Id = id,
            Host = host,
            Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 80 } },
            Intent = _pending!.Intent,
            Metadata = { ["version"] = Text(_versions), ["check"] = Check(_versions) },
        };
    }

    /// <summary>A change of the owner's wish.</summary>
    public Intent Toggle()
    {
        var intent = _acknowledged!.Intent == Intent.Serving ? Intent.Out : Intent.Serving;
        Begin(_acknowledged with { Intent = intent });
        return intent;
    }

    public void Deregister() => Begin(null);

    public void Acknowledge()
    {
        _acknowledged = _pending;
        IsPending = false;
    }

    /// <summary>Compares with what the registry lists after its restart, and goes on from there.</summary>
    /// <returns>What is wrong; null if nothing is.</returns>
    public string? Settle(Instance? listed)
    {
        var seen = listed is null ? null : Read(listed);
        if (seen != _acknowledged && !(IsPending && seen == _pending))
        {
            return $"{id}: the registry has {Describe(seen)}; acknowledged was {Describe(_acknowledged)}, in flight {(IsPending ? Describe(_pending) : "nothing")}";
        }

        _acknowledged = seen;
        IsPending = false;
        return null;
    }

    private void Begin(Wanted? wanted)
    {
        _pending = wanted;
        IsPending = true;
    }

    private Wanted Read(Instance listed)
    {
        var version = int.Parse(listed.Metadata["version"], CultureInfo.InvariantCulture);
        Assert.Equal((host, 80, Check(version)), (listed.Host, listed.Endpoints.Single().Port, listed.Metadata["check"]));
        return new Wanted(version, listed.Intent);
    }

    private string Check(int version) => $"{id}/{Text(version)}/{s_padding[..(version * 7 % 300)]}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Describe(Wanted? wanted) => wanted is null ? "no such instance" : $"version {wanted.Version} {wanted.Intent}";

    private sealed record Wanted(int Version, Intent Intent);
}
