using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

/// <summary>The mass-expiry guard, through the table that it guards: one lease an instance, TTL 10 s.</summary>
public class ExpiryGuardTests
{
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(10);
    private readonly LeaseTable _table = new();
    private readonly List<LeaseOutput> _outputs = [];
    private readonly Dictionary<ulong, TimeSpan> _expired = [];
    private readonly List<(TimeSpan At, GuardNotice Notice)> _notices = [];
    private CatalogSnapshot _catalog = new() { StoreId = "store" };
    private TimeSpan _now;

    [Fact]
    public void ManySilentAtOnce_NobodyExpires_AndAllAreTimeout()
    {
        Add("calculator", 1, 100);

        Run(60, renew: lease => lease > 16);

        Assert.Empty(_expired);
        Assert.All(Leases(1, 16), l => Assert.Equal(Liveness.Timeout, _table.LivenessOf(l)));
        Assert.Equal([(ServiceKey.Default("calculator"), GuardChange.Began), (null, GuardChange.Began)], Changes());
        Assert.Equal((16, 100), (_notices[0].Notice.Silent, _notices[0].Notice.Total));
    }

    [Fact]
    public void WhileItHolds_ItLooksAgainAfterItsInterval()
    {
        Add("calculator", 1, 100);
        Run(60, renew: lease => lease > 16);

        _table.Tick(_now, _catalog, _outputs);

        Assert.Equal(_now + Limits.GuardInterval, _table.NextWake);
    }

    [Fact]
    public void AsManyAsAllowed_ExpireOnTime()
    {
        Add("calculator", 1, 100);

        Run(12, renew: lease => lease > 15);

        Assert.Equal(15, _expired.Count);
        Assert.All(_expired.Values, at => Assert.Equal(s_ttl, at));
        Assert.Empty(_notices);
    }

    [Fact]
    public void FewInstances_AreNotGuarded()
    {
        Add("calculator", 1, 19);

        Run(12, renew: _ => false);

        Assert.Equal(19, _expired.Count);
    }

    [Fact]
    public void StreamsClosedByTheirPeers_AreEvidenceOfDeath()
    {
        Add("calculator", 1, 100);
        foreach (var lease in Leases(1, 100))
        {
            _table.Attach(lease, 1, _now, _outputs);
        }

        foreach (var lease in Leases(1, 50))
        {
            _table.LoseStream(lease, 1, isSilent: false, _now, _outputs);
        }

        Run(12, renew: lease => lease > 50);

        Assert.Equal(50, _expired.Count);
        Assert.Empty(_notices);
    }

    [Fact]
    public void StreamsGivenUpForSilence_AreNoEvidence()
    {
        Add("calculator", 1, 100);
        foreach (var lease in Leases(1, 100))
        {
            _table.Attach(lease, 1, _now, _outputs);
        }

        foreach (var lease in Leases(1, 50))
        {
            _table.LoseStream(lease, 1, isSilent: true, _now, _outputs);
        }

        Run(30, renew: lease => lease > 50);

        Assert.Empty(_expired);
        Assert.All(Leases(1, 50), l => Assert.Equal(Liveness.Timeout, _table.LivenessOf(l)));
    }

    [Fact]
    public void HeldLease_WhoseStreamIsThenClosed_ExpiresAtOnce()
    {
        Add("calculator", 1, 100);
        _table.Attach(new LeaseId(1), 1, _now, _outputs);
        Run(12, renew: lease => lease > 50);
        Assert.Empty(_expired);

        _table.LoseStream(new LeaseId(1), 1, isSilent: false, _now, _outputs);
        Run(1, renew: lease => lease > 50);

        Assert.Equal([1ul], _expired.Keys);
    }

    [Fact]
    public void Recovery_EndsTheGuard_AndWhoStaysAwayExpires()
    {
        Add("calculator", 1, 100);
        Run(30, renew: lease => lease > 40);
        Assert.Empty(_expired);

        Run(2, renew: lease => lease > 5);

        Assert.Equal(Leases(1, 5).Select(l => l.Value), _expired.Keys.Order());
        Assert.Equal([GuardChange.Recovered, GuardChange.Recovered], _notices.TakeLast(2).Select(n => n.Notice.Change));
        Assert.All(Leases(6, 100), l => Assert.Equal(Liveness.Alive, _table.LivenessOf(l)));
    }

    [Fact]
    public void SlowWave_IsSeenByThoseWhoLeftWithinTheTtl()
    {
        Add("calculator", 1, 100);

        // Two more fall silent each second: at no time are more than 12 silent, but 20 leave within a TTL.
        Run(30, renew: lease => lease > (ulong)(2 * _now.TotalSeconds));

        Assert.Equal(GuardChange.Began, _notices[0].Notice.Change);
        Assert.InRange(_expired.Count, 1, 15);
    }

    [Fact]
    public void TenTtls_IsTheLongestHold_AndThenTheyLeaveAtABoundedRate()
    {
        Add("calculator", 1, 100);

        Run(109, renew: _ => false);
        Assert.Empty(_expired);
        Run(30, renew: _ => false);

        Assert.Equal(100, _expired.Count);
        var first = _expired.Values.Min();
        Assert.Equal(TimeSpan.FromSeconds(110), first);
        Assert.All(
            Enumerable.Range(0, 10),
            second => Assert.InRange(
                _expired.Values.Count(at => at >= first + TimeSpan.FromSeconds(second) && at < first + TimeSpan.FromSeconds(second + 1)),
                1,
                2 * ExpiryGuard.RateMin));
        Assert.False(_table.Guarded.Any());
    }

    [Fact]
    public void Release_LetsThemGo_UntilTheNextTime()
    {
        Add("calculator", 1, 100);
        Run(20, renew: lease => lease > 50);
        Assert.Empty(_expired);

        Assert.True(_table.ReleaseGuard(null, _outputs));
        Run(10, renew: lease => lease > 50);
        Assert.Equal(50, _expired.Count);
        Assert.False(_table.ReleaseGuard(null, _outputs));

        // Of the 50 that are left, the next 20 fall silent.
        Run(20, renew: _ => true);
        Run(20, renew: lease => lease > 70);
        Assert.Equal(50, _expired.Count);
        Assert.NotEmpty(_table.Guarded);
    }

    [Fact]
    public void OneServiceSilent_HoldsThatServiceAlone()
    {
        Add("calculator", 1, 30);
        Add("echo", 1000, 1300);

        Run(15, renew: lease => lease >= 1002);

        Assert.Equal([1000ul, 1001ul], _expired.Keys.Order());
        Assert.Equal(ServiceKey.Default("calculator"), Assert.Single(_table.Guarded));
    }

    [Fact]
    public void GuardOff_AllExpireOnTime()
    {
        var table = new LeaseTable(isGuarded: false);
        Add("calculator", 1, 100);
        foreach (var lease in Leases(1, 100))
        {
            table.Start(lease, s_ttl, Liveness.Alive, default);
        }

        table.Tick(s_ttl, _catalog, _outputs);

        Assert.Equal(100, _outputs.OfType<LeaseOutput.Expired>().Count());
    }

    private static IEnumerable<LeaseId> Leases(ulong from, ulong to)
    {
        for (var id = from; id <= to; id++)
        {
            yield return new LeaseId(id);
        }
    }

    private IEnumerable<(ServiceKey? Service, GuardChange Change)> Changes() =>
        _notices.Select(n => (n.Notice.Service, n.Notice.Change));

    private void Add(string service, ulong from, ulong to)
    {
        var key = ServiceKey.Default(service);
        var records = Leases(from, to).Select(l => Records.Instance($"i{l.Value}", 80, l.Value) with
        {
            Key = new InstanceKey(key, $"i{l.Value}"),
        }).ToList();
        _catalog = _catalog with
        {
            Services = _catalog.Services.With(ServiceSnapshot.Of(key, default, records)),
            Leases = _catalog.Leases.WithAll(records.Select(r => LeaseHolding.Of(new LeaseRecord(r.Lease, s_ttl, "node")).With(r))),
        };
        foreach (var record in records)
        {
            _table.Start(record.Lease, s_ttl, Liveness.Alive, _now);
        }
    }

    /// <summary>Lets time pass: every second those renew who do, and what is due is handled when it is.</summary>
    private void Run(int seconds, Func<ulong, bool> renew)
    {
        var end = _now + TimeSpan.FromSeconds(seconds);
        while (_now < end)
        {
            foreach (var lease in _catalog.Leases.Keys.Where(l => renew(l.Value)))
            {
                _table.Renew(lease, _now, _outputs);
            }

            var second = _now + TimeSpan.FromSeconds(1);
            while (_table.NextWake is { } wake && wake < second)
            {
                _now = wake > _now ? wake : _now;
                _table.Tick(_now, _catalog, _outputs);
                Take();
            }

            _now = second;
        }

        _table.Tick(_now, _catalog, _outputs);
        Take();
    }

    /// <summary>Carries the outputs out as the registry does: who expired is out of the catalog.</summary>
    private void Take()
    {
        foreach (var output in _outputs)
        {
            if (output is LeaseOutput.Expired expired)
            {
                _expired.Add(expired.Lease.Value, _now);
                var holding = _catalog.Leases[expired.Lease];
                _catalog = _catalog with
                {
                    Leases = _catalog.Leases.Without(expired.Lease),
                    Services = holding.Instances.Keys.Aggregate(_catalog.Services, (services, key) => services.With(
                        ServiceSnapshot.Of(
                            key.Service, default, services[key.Service].Instances.Values.Where(i => i.Key != key)))),
                };
            }
            else if (output is LeaseOutput.Guard guard)
            {
                _notices.Add((_now, guard.Notice));
            }
        }

        _outputs.Clear();
    }
}
