using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

public class PingTableTests
{
    private static readonly LeaseId s_lease = new(1);
    private readonly PingTable _table = new();
    private readonly List<(LeaseId Lease, bool IsAlive)> _ended = [];

    [Fact]
    public void Tick_NoAnswerWithinThePatience_IsDeadAndNotBefore()
    {
        Assert.True(_table.Ask(s_lease, At(0)));
        Assert.Equal(Limits.PingPatience, _table.NextWake);

        _table.Tick(At(499), _ended);
        Assert.Empty(_ended);
        _table.Tick(At(500), _ended);

        Assert.Equal((s_lease, false), Assert.Single(_ended));
        Assert.Null(_table.NextWake);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Settle_Answered_NothingComesDue()
    {
        _table.Ask(s_lease, At(0));

        Assert.True(_table.Settle(s_lease));
        Assert.False(_table.Settle(s_lease));
        _table.Tick(At(10_000), _ended);

        Assert.Empty(_ended);
    }

    [Fact]
    public void Ask_AskedAlready_WaitsForTheSameAnswer()
    {
        Assert.True(_table.Ask(s_lease, At(0)));
        Assert.False(_table.Ask(s_lease, At(400)));
        Assert.True(_table.Ask(new LeaseId(2), At(400)));

        _table.Tick(At(500), _ended);
        Assert.Equal((s_lease, false), Assert.Single(_ended));
        Assert.Equal(At(900), _table.NextWake);
    }

    [Fact]
    public void Tick_ThisProcessStoodStillMeanwhile_TheProviderIsTakenForAlive()
    {
        _table.Ask(s_lease, At(0));

        _table.Tick(At(1200), _ended);

        Assert.Equal((s_lease, true), Assert.Single(_ended));
    }

    private static TimeSpan At(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
