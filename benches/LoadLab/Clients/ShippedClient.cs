using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Muster.Bench.LoadLab.Engine;
using Muster.Client;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Picking;
using Muster.Client.Telemetry;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>The product's own client: fleet, members, breakers, statistics and pickers as the handler drives them.</summary>
/// <remarks>The only class of the lab that knows them. What it does is what the handler does at the same moments; it decides
/// nothing.</remarks>
internal sealed class ShippedClient : ILabClient, IDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(1);
    private static readonly SocketException s_refused = new((int)SocketError.ConnectionRefused);

    private readonly LabDirectory _directory = new();
    private readonly VirtualClock _clock;
    private readonly Fleet _fleet;
    private readonly Balancer _balancer;

    /// <summary>Creates a client that knows no instance yet.</summary>
    public ShippedClient(ShippedPlan plan, VirtualClock clock, ulong seed, ClientMetrics metrics, ILogger log)
    {
        _clock = clock;
        var options = new MusterClientOptions { TimeProvider = clock };
        if (plan.Subset is { IsRing: true })
        {
            options = options with { ClientIndex = plan.Index, ClientCount = plan.Count };
        }

        _fleet = new Fleet(
            _directory, _directory, new FleetSettings(options, new PickRandom(seed), new ConnectTurns(clock), metrics, log));
        var key = new BalancerKey(plan.Policy, SelectorKey.None, SelectorKey.None, null, Uri.UriSchemeHttp, s_connectTimeout);
        _balancer = _fleet.GetBalancer(key with { SubsetSize = plan.Subset?.Size });
    }

    /// <summary>Whether a policy looks at load reports; for the others making them would be for nothing.</summary>
    public static bool UsesReports(string policy) =>
        policy is PolicyNames.Adaptive or PolicyNames.LeastCpu or PolicyNames.WeightedRoundRobin or PolicyNames.Prequal;

    public void Show(ServiceView view) => _directory.Show(view);

    public bool TryPick(ulong key, out Sent sent)
    {
        var isPicked = _balancer.TryPick(key, out var target, out var now);
        sent = isPicked ? SentTo(target.Member, now) : default;
        return isPicked;
    }

    public int ChooseProbes(Span<Sent> probes)
    {
        Span<Target> targets = [default, default, default, default];
        var now = _clock.Now();
        var (chosen, sent) = (_balancer.ChooseProbes(now, targets), 0);
        for (var i = 0; i < chosen; i++)
        {
            if (targets[i].Member.MayProbe(now))
            {
                probes[sent++] = SentTo(targets[i].Member, now);
            }
        }

        return sent;
    }

    public void OnProbed(in Sent probe, LoadReport report)
    {
        var member = (Member)probe.Token!;
        member.Statistics.OnReport(report, _clock.Now());
        member.OnProbed(showsLoad: true, _clock.Now());
    }

    public void OnEnded(in Sent sent, in AttemptEnd end)
    {
        var member = (Member)sent.Token!;
        var now = _clock.Now();
        if (end.Outcome == AttemptOutcome.Refused)
        {
            _fleet.OnConnectFailed(member, s_refused);
        }
        else if (end.Outcome != AttemptOutcome.TimedOut)
        {
            _fleet.OnAnswered(member);
        }

        _fleet.OnEnded(member, ResultOf(end.Outcome), sent.At, now, isTimed: true);

        // After the end, as with gRPC's trailers: the report does not find the call that brought it in flight.
        if (end.Report is { } report)
        {
            member.Statistics.OnAnswerReport(report, now, sent.At);
        }
    }

    public void Dispose() => _fleet.Dispose();

    private static AttemptResult ResultOf(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Answered => AttemptResult.Success,
        AttemptOutcome.TimedOut => AttemptResult.Cancelled,
        _ => AttemptResult.Failure,
    };

    private static Sent SentTo(Member member, TimeSpan now) => new(IndexOf(member.Id), member, now);

    // Ids are "0042", or "0042.1" for the process that came after that one.
    private static int IndexOf(string id) => int.Parse(id.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture);
}
