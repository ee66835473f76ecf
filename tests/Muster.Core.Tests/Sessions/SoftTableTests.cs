using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

public class SoftTableTests
{
    private static readonly InstanceKey Key = new(ServiceKey.Default("calculator"), "a");
    private readonly SoftTable _table = new("node-1");

    [Fact]
    public void SetLiveness_ThatItHasAlready_ChangesNothing()
    {
        Assert.NotNull(_table.SetLiveness(Key, Liveness.Alive, 1));
        Assert.Null(_table.SetLiveness(Key, Liveness.Alive, 1));
    }

    [Fact]
    public void Report_WithoutLoad_KeepsTheLastLoad()
    {
        _table.Report(Key, Health.Healthy, new LoadReport { CpuUtilization = 0.5 }, 1, TimeSpan.FromSeconds(1));

        var (state, healthChanged) = _table.Report(Key, Health.Unknown, null, 1, TimeSpan.FromSeconds(2));

        Assert.False(healthChanged);
        Assert.Equal(0.5, state.Load!.CpuUtilization);
        Assert.Equal(TimeSpan.FromSeconds(1), state.LoadAt);
        Assert.Equal(Health.Healthy, state.Health);
    }

    [Fact]
    public void Put_UnderAnOlderLease_IsStillNewerThanWhatItReplaces()
    {
        var before = _table.SetLiveness(Key, Liveness.Timeout, epoch: 7)!;

        var after = _table.SetLiveness(Key, Liveness.Alive, epoch: 5)!;

        Assert.True(after.Stamp.IsNewerThan(before.Stamp));
    }
}
