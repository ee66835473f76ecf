using Microsoft.Extensions.Logging.Abstractions;
using Muster.Client.Balancing;
using Muster.Client.Discovery;
using Muster.Client.Http;
using Muster.Client.Picking;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Core.Replica;
using Muster.Testing;

namespace Muster.Client.Tests.Picking;

/// <summary>A fleet over a fake directory, a clock that the test moves, and a seed. Calls are picked and ended, and never sent.</summary>
internal sealed class FleetRig : IDisposable
{
    public FleetRig(MusterClientOptions? options = null, ulong seed = 1, CallNews? news = null)
    {
        options = (options ?? new MusterClientOptions()) with { TimeProvider = Clock };
        Fleet = new Fleet(
            Directory.Watch("calculator"), Directory,
            new FleetSettings(options, new PickRandom(seed), new ConnectTurns(Clock), new ClientMetrics(options.MeterFactory), NullLogger.Instance), news);
    }

    public FakeDirectory Directory { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public Fleet Fleet { get; }

    public TimeSpan Now => Clock.Now();

    public static BalancerKey Key(string policy) =>
        new(policy, SelectorKey.None, SelectorKey.None, null, Uri.UriSchemeHttp, TimeSpan.FromSeconds(1));

    public Balancer Balancer(string policy = PolicyNames.Random) => Fleet.GetBalancer(Key(policy));

    public void Show(params InstanceView[] instances) => Directory.Watch("calculator").Show(instances);

    /// <summary>Shows instances in full service, named a, b, c and so on.</summary>
    public void Show(int count) => Show([.. Enumerable.Range(0, count).Select(i => Instances.At(1 + i, Id(i)))]);

    public static string Id(int index) => index < 26 ? ((char)('a' + index)).ToString() : $"z{index:0000}";

    public Member Member(string id) => Fleet.Roster.Members.Single(m => m.Id == id);

    /// <summary>Picks; the call stays in flight.</summary>
    public static Member Send(Balancer balancer, ulong? affinity = null)
    {
        Assert.True(balancer.TryPick(affinity, out var target, out _));
        return target.Member;
    }

    public void End(Member member, AttemptResult result = AttemptResult.Success, TimeSpan? latency = null) =>
        Fleet.OnEnded(member, result, Now - (latency ?? TimeSpan.Zero), Now, isTimed: latency is not null);

    /// <summary>Picks and ends well, many times.</summary>
    /// <returns>Calls by instance; one that got none is not in it.</returns>
    public Dictionary<string, int> Call(Balancer balancer, int times, Func<int, ulong>? affinity = null)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < times; i++)
        {
            var member = Send(balancer, affinity?.Invoke(i));
            End(member);
            counts[member.Id] = counts.GetValueOrDefault(member.Id) + 1;
        }

        return counts;
    }

    /// <summary>Lets so many calls in a row to an instance fail.</summary>
    public void Fail(string id, int times = 5)
    {
        for (var i = 0; i < times; i++)
        {
            var member = Member(id);
            Assert.True(member.TryBegin());
            End(member, AttemptResult.Failure);
        }
    }

    public void Dispose() => Fleet.Dispose();
}
