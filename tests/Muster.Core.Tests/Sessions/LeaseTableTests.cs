using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

public class LeaseTableTests
{
    private static readonly LeaseId Lease = new(1);
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly CatalogSnapshot s_nobody = new() { StoreId = "store" };
    private readonly LeaseTable _table = new();
    private readonly List<LeaseOutput> _outputs = [];

    [Fact]
    public void Tick_SilentForHalfTheTtl_TimesOut()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));

        Tick(4.999);
        Assert.Empty(_outputs);

        Tick(5);
        Assert.Equal(Liveness.Timeout, Assert.IsType<LeaseOutput.LivenessChanged>(Assert.Single(_outputs)).Liveness);
    }

    [Fact]
    public void Tick_SilentForTheTtl_ExpiresAndNeverEarlier()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        Tick(5);
        Tick(9.999);
        _outputs.Clear();

        Tick(10);

        var expired = Assert.IsType<LeaseOutput.Expired>(Assert.Single(_outputs));
        Assert.Equal(RemovalReason.Expired, expired.Reason);
        Assert.Equal(Ttl, expired.Signs.SinceRenewal);
        Assert.Null(expired.Signs.SinceStreamLost);
        Assert.False(_table.Contains(Lease));
    }

    [Fact]
    public void SignsOf_Lease_TellWhatWasSeenOfItsProvider()
    {
        _table.Start(Lease, Ttl, Liveness.Unknown, At(0));
        Assert.Equal(new LeaseSigns(false, Ttl, At(2), false, null, ""), _table.SignsOf(Lease, At(2)));

        _table.Attach(Lease, generation: 1, At(3), _outputs, "calculator/4711");
        Assert.Equal(new LeaseSigns(true, Ttl, At(1), true, null, "calculator/4711"), _table.SignsOf(Lease, At(4)));

        _table.LoseStream(Lease, generation: 1, isSilent: false, At(5), _outputs);
        Assert.Equal(new LeaseSigns(true, Ttl, At(4), false, At(2), "calculator/4711"), _table.SignsOf(Lease, At(7)));

        _table.Attach(Lease, generation: 2, At(8), _outputs);
        Assert.Equal(new LeaseSigns(true, Ttl, At(0), true, null, "calculator/4711"), _table.SignsOf(Lease, At(8)));
        Assert.Null(_table.SignsOf(new LeaseId(99), At(8)));
    }

    [Fact]
    public void Renew_BeforeTheDeadline_MovesIt()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        Assert.True(_table.Renew(Lease, At(4), _outputs));

        Tick(8.999);
        Assert.Empty(_outputs);
        Tick(9);
        Assert.Single(_outputs);
        Tick(13.999);
        Assert.Single(_outputs);
        Tick(14);
        Assert.IsType<LeaseOutput.Expired>(_outputs[^1]);
    }

    [Fact]
    public void Renew_AfterTimeout_IsAliveAgain()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        Tick(5);

        _table.Renew(Lease, At(6), _outputs);

        Assert.Equal(Liveness.Alive, Assert.IsType<LeaseOutput.LivenessChanged>(_outputs[^1]).Liveness);
    }

    [Fact]
    public void Renew_AfterExpiry_IsRefused()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        Tick(10);

        Assert.False(_table.Renew(Lease, At(10), _outputs));
    }

    [Fact]
    public void LoseStream_TimesOutAtOnceAndExpiresOneTtlAfterTheLastRenewal()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        _table.Attach(Lease, generation: 1, At(1), _outputs);
        _table.LoseStream(Lease, generation: 1, isSilent: false, At(2), _outputs);
        Assert.Equal(Liveness.Timeout, Assert.IsType<LeaseOutput.LivenessChanged>(Assert.Single(_outputs)).Liveness);

        Tick(10.999);
        Assert.Single(_outputs);
        Tick(11);

        var expired = Assert.IsType<LeaseOutput.Expired>(_outputs[^1]);
        Assert.Equal(RemovalReason.ConnectionLost, expired.Reason);
        Assert.Equal(TimeSpan.FromSeconds(9), expired.Signs.SinceStreamLost);
    }

    [Fact]
    public void Attach_AfterALostStream_ResumesTheSameLease()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        _table.Attach(Lease, 1, At(0), _outputs);
        _table.LoseStream(Lease, 1, isSilent: false, At(1), _outputs);

        Assert.True(_table.Attach(Lease, 2, At(2), _outputs));

        Assert.Equal(Liveness.Alive, Assert.IsType<LeaseOutput.LivenessChanged>(_outputs[^1]).Liveness);
        Assert.True(_table.HasStream(Lease));
    }

    [Fact]
    public void LoseStream_OfAStreamThatWasReplaced_DoesNothing()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        _table.Attach(Lease, 1, At(0), _outputs);
        _table.Attach(Lease, 2, At(1), _outputs);

        _table.LoseStream(Lease, 1, isSilent: false, At(2), _outputs);

        Assert.Empty(_outputs);
        Assert.True(_table.HasStream(Lease));
    }

    [Fact]
    public void ExtendAll_BeforeTheDeadline_GivesAFullTtl()
    {
        _table.Start(Lease, Ttl, Liveness.Timeout, At(0));
        _table.ExtendAll(At(9));

        Tick(18.999);
        Assert.DoesNotContain(_outputs, o => o is LeaseOutput.Expired);
        Tick(19);
        Assert.Contains(_outputs, o => o is LeaseOutput.Expired);
    }

    [Fact]
    public void ExtendAll_AgainAndAgain_EndsTenTtlsAfterTheLastRenewal()
    {
        _table.Start(Lease, Ttl, Liveness.Alive, At(0));
        for (var now = 9; now <= 150; now += 9)
        {
            Tick(now);
            _table.ExtendAll(At(now));
        }

        // The last extension was at 99 s, so that at 108 s it still ran, and at 117 s it did not.
        var expired = Assert.Single(_outputs.OfType<LeaseOutput.Expired>());
        Assert.Equal(At(117), expired.Signs.SinceRenewal);
    }

    [Fact]
    public void End_ManyLeasesWithLongTtls_LeaveNoWakesBehind()
    {
        for (ulong i = 1; i <= 5000; i++)
        {
            _table.Start(new LeaseId(i), Limits.TtlMax, Liveness.Alive, At(0));
            _table.End(new LeaseId(i));
        }

        Assert.True(_table.PendingWakes <= 1025, $"{_table.PendingWakes} wakes for no lease");
    }

    /// <summary>Against a dumb model: for every lease the deadline is the last renewal plus the TTL, and nothing else.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Steps_AtRandom_AgreeWithTheModel(int seed)
    {
        var random = new Random(seed);
        var lastRenewal = new Dictionary<ulong, (double At, double Ttl)>();
        ulong next = 1;
        var now = 0.0;
        for (var step = 0; step < 20_000; step++)
        {
            now += random.NextDouble() * 0.2;
            Tick(now);
            foreach (var (id, (at, ttl)) in lastRenewal.Where(l => At(now) >= At(l.Value.At) + TimeSpan.FromSeconds(l.Value.Ttl)).ToList())
            {
                lastRenewal.Remove(id);
                Assert.Contains(_outputs, o => o is LeaseOutput.Expired e && e.Lease.Value == id);
            }

            Assert.Equal(lastRenewal.Count, _table.Count);
            _outputs.Clear();
            if (lastRenewal.Count < 50 && random.Next(3) == 0)
            {
                var ttl = 1 + random.Next(20);
                _table.Start(new LeaseId(next), TimeSpan.FromSeconds(ttl), Liveness.Alive, At(now));
                lastRenewal[next++] = (now, ttl);
            }
            else if (lastRenewal.Count > 0)
            {
                var id = lastRenewal.Keys.ElementAt(random.Next(lastRenewal.Count));
                Assert.True(_table.Renew(new LeaseId(id), At(now), _outputs));
                lastRenewal[id] = (now, lastRenewal[id].Ttl);
            }
        }
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Tick(double seconds) => _table.Tick(At(seconds), s_nobody, _outputs);
}
