using Muster.Samples.Shell;

namespace Muster.EndToEnd.Shell;

public sealed class SpreadTests
{
    [Fact]
    public void Describe_SomeCalls_SaysHowManyEachInstanceTook()
    {
        var spread = new Spread();
        spread.Add("sum", "worker-1");
        spread.Add("sum", "worker-2");
        spread.Add("sum", "worker-2");
        spread.Add("sum", "worker-2");
        spread.Add("echo", "echo-1");

        Assert.Equal(["worker-1: 1 calls, 25.0 %", "worker-2: 3 calls, 75.0 %"], spread.Describe("sum"));
    }

    [Fact]
    public void Add_InstancesWithoutEnd_SharesARowPastTheBound()
    {
        var spread = new Spread();

        for (var i = 0; i < 1000; i++)
        {
            spread.Add("sum", FormattableString.Invariant($"worker-{i}"));
        }

        Assert.InRange(spread.Rows().Count(), 2, 300);
        Assert.Equal(1000, spread.Rows().Sum(row => row.Calls));
    }
}
