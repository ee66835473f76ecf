using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

/// <summary>Leases of instances that the registry checks itself.</summary>
public class CheckedLeaseTests
{
    private static readonly LeaseId s_lease = new(1);
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(10);
    private readonly LeaseTable _table = new();
    private readonly List<LeaseOutput> _outputs = [];
    private CatalogSnapshot _catalog = new() { StoreId = "store" };

    [Fact]
    public void Tick_CheckedLease_NeitherTimesOutNorEnds()
    {
        _table.Start(s_lease, s_ttl, Liveness.Alive, At(0));
        _table.SetChecked(s_lease, true, At(0));

        for (var second = 1; second < 100; second++)
        {
            Tick(second);
        }

        Assert.Empty(_outputs);
        Assert.Null(_table.NextWake);
        Assert.True(_table.Contains(s_lease));
    }

    [Fact]
    public void SetChecked_NoLonger_TheLeaseGetsOneFullTtlFromThen()
    {
        _table.Start(s_lease, s_ttl, Liveness.Alive, At(0));
        _table.SetChecked(s_lease, true, At(0));
        Tick(50);
        _table.SetChecked(s_lease, false, At(50));

        Tick(59.9);
        Assert.True(_table.Contains(s_lease));
        Tick(60);

        Assert.False(_table.Contains(s_lease));
        Assert.Equal(RemovalReason.Expired, Assert.Single(_outputs.OfType<LeaseOutput.Expired>()).Reason);
    }

    [Fact]
    public void SetChecked_OfASilentLease_SavesIt()
    {
        _table.Start(s_lease, s_ttl, Liveness.Alive, At(0));
        Tick(9);
        _table.SetChecked(s_lease, true, At(9));

        Tick(11);

        Assert.True(_table.Contains(s_lease));
        Assert.Equal(Liveness.Unknown, _table.LivenessOf(s_lease));
    }

    [Fact]
    public void StreamOnACheckedLease_ComesAndGoes_ChangesNothing()
    {
        _table.Start(s_lease, s_ttl, Liveness.Alive, At(0));
        _table.SetChecked(s_lease, true, At(0));

        _table.Attach(s_lease, 1, At(1), _outputs);
        _table.LoseStream(s_lease, 1, isSilent: false, At(2), _outputs);
        Tick(30);

        Assert.Empty(_outputs);
        Assert.True(_table.Contains(s_lease));
    }

    [Fact]
    public void SetChecked_BackAndForth_LeavesOneWake()
    {
        _table.Start(s_lease, s_ttl, Liveness.Alive, At(0));
        for (var i = 0; i < 1000; i++)
        {
            _table.SetChecked(s_lease, i % 2 == 0, At(0));
        }

        Assert.Equal(1, _table.PendingWakes);
    }

    [Fact]
    public void Guard_CheckedInstancesBesideThem_StillSeesThatTheOthersFellSilent()
    {
        var catalog = new Core.Catalog.Catalog(_catalog);
        var changes = new List<RecordChange>();
        for (var i = 1ul; i <= 200; i++)
        {
            // Twenty that send heartbeats, of which five fall silent; the rest is checked.
            var instance = Records.Instance($"i{i}", (int)i, i) with { Check = i > 20 ? new ActiveCheck { Kind = CheckKind.Tcp } : null };
            changes.AddRange([new RecordChange.LeasePut(Records.Lease(i)), Records.Put(instance)]);
            _table.Start(new LeaseId(i), s_ttl, Liveness.Alive, At(0));
            _table.SetChecked(new LeaseId(i), i > 20, At(0));
        }

        catalog.Apply(Records.Commit(1, [.. changes]));
        _catalog = catalog.Current;
        for (var second = 1; second <= 15; second++)
        {
            for (var i = 6ul; i <= 20; i++)
            {
                _table.Renew(new LeaseId(i), At(second), _outputs);
            }

            Tick(second);
        }

        Assert.Empty(_outputs.OfType<LeaseOutput.Expired>());
        var began = _outputs.OfType<LeaseOutput.Guard>().First(g => g.Notice.Change == GuardChange.Began).Notice;
        Assert.Equal((5, 20), (began.Silent, began.Total));
    }

    [Fact]
    public void CheckedCount_ChecksComeAndGo_IsTheNumberOfThoseThatHaveOne()
    {
        var check = new ActiveCheck { Kind = CheckKind.Tcp };
        var catalog = new Core.Catalog.Catalog(_catalog);
        catalog.Apply(Records.Commit(1, Records.Put(Records.Instance("a", 1) with { Check = check }), Records.Put(Records.Instance("b", 2)), Records.Put(Records.Instance("c", 3) with { Check = check })));
        Assert.Equal(2, Count());

        catalog.Apply(Records.Commit(2, Records.Put(Records.Instance("a", 1)), Records.Put(Records.Instance("b", 2) with { Check = check })));
        Assert.Equal(2, Count());

        catalog.Apply(Records.Commit(3, Records.Remove(Records.Instance("c", 3)), Records.Remove(Records.Instance("a", 1))));
        Assert.Equal(1, Count());

        int Count() => catalog.Current.Services[Records.Service].CheckedCount;
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Tick(double seconds) => _table.Tick(At(seconds), _catalog, _outputs);
}
