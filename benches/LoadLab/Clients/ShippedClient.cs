using System.Globalization;
using Muster.Bench.LoadLab.Engine;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>The product's own client: fleet, members, statistics and pickers as the handler drives them.</summary>
/// <remarks>The only class of the lab that knows them. What it does is what the handler does at the same moments; it decides
/// nothing.</remarks>
internal sealed class ShippedClient : ILabClient, IDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(1);

    private readonly LabDirectory _directory = new();
    private readonly VirtualClock _clock;
    private readonly Fleet _fleet;
    private readonly Balancer _balancer;

    /// <summary>Creates a client that knows no instance yet.</summary>
    public ShippedClient(string policy, VirtualClock clock, ulong seed)
    {
        _clock = clock;
        _fleet = new Fleet(_directory, _directory, clock, new PickRandom(seed));
        _ = MetadataSelector.TryParse(null, out var all);
        _balancer = _fleet.GetBalancer(new BalancerKey(policy, "", null, Uri.UriSchemeHttp, s_connectTimeout), all);
    }

    /// <summary>Whether a policy looks at load reports; for the others making them would be for nothing.</summary>
    public static bool UsesReports(string policy) => policy is PolicyNames.LeastCpu;

    public void Show(ServiceView view) => _directory.Show(view);

    public bool TryPick(ulong key, out Sent sent)
    {
        if (_balancer.TryPick(out var target, out var now))
        {
            sent = new Sent(IndexOf(target.Member.Id), target.Member, now);
            return true;
        }

        sent = default;
        return false;
    }

    public void OnEnded(in Sent sent, in AttemptEnd end)
    {
        var member = (Member)sent.Token!;
        member.End();
        if (end.Report is { } report)
        {
            member.Statistics.OnReport(report, _clock.Now());
        }
    }

    public void Dispose() => _fleet.Dispose();

    // Ids are "0042", or "0042.1" for the process that came after that one.
    private static int IndexOf(string id) => int.Parse(id.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);
}
