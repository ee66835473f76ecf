using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

public class FlapTableTests
{
    private static readonly AddressKey s_address = Address(80);
    private readonly FlapTable _table = new();
    private readonly List<AddressKey> _ended = [];

    [Fact]
    public void Lost_FifthTimeWithinTheWindow_IsDampedAndNotBefore()
    {
        for (var i = 0; i < Limits.FlapLossesMax - 1; i++)
        {
            Assert.Null(_table.Lost(s_address, i * (Limits.FlapWindow / 4)));
        }

        Assert.Equal(At(60) + Limits.FlapDampMin, _table.Lost(s_address, At(60)));
        Assert.Equal(At(90), _table.DampedUntil(s_address));
        Assert.Null(_table.DampedUntil(Address(81)));
    }

    [Fact]
    public void Lost_NeverFiveWithinTheWindow_IsNotDamped()
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Null(_table.Lost(s_address, i * (Limits.FlapWindow / 4 + TimeSpan.FromTicks(1))));
        }
    }

    [Fact]
    public void Tick_TimeIsOver_EndsAndNotBefore()
    {
        Flap(0);

        _table.Tick(At(33.9), _ended);
        Assert.Empty(_ended);
        _table.Tick(_table.NextWake!.Value, _ended);

        Assert.Equal(s_address, Assert.Single(_ended));
        Assert.Null(_table.DampedUntil(s_address));
        Assert.Null(_table.NextWake);
    }

    [Fact]
    public void Lost_WhileDamped_DoesNotProlongIt()
    {
        var until = Flap(0);

        for (var i = 5; i < 30; i++)
        {
            Assert.Null(_table.Lost(s_address, At(i)));
        }

        Assert.Equal(until, _table.DampedUntil(s_address));
    }

    [Fact]
    public void Lost_FlapsAgainAndAgain_IsDampedTwiceAsLongEachTimeUpToTheMost()
    {
        var now = 0.0;
        var seconds = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            var until = Flap(now);
            seconds.Add((until - At(now + 4)).TotalSeconds);
            now = until.TotalSeconds + 61;
            _table.Tick(until, _ended);
        }

        Assert.Equal([30, 60, 120, 240, 480, Limits.FlapDampMax.TotalSeconds, 600, 600], seconds);
    }

    [Fact]
    public void Lost_QuietForTheMemory_BeginsAnew()
    {
        var until = Flap(0);
        _table.Tick(until, _ended);
        var later = (until + Limits.FlapMemory).TotalSeconds;

        Assert.Equal(Limits.FlapDampMin, Flap(later) - At(later + 4));
    }

    [Fact]
    public void Lost_MoreAddressesThanAreRemembered_ForgetsTheOldestAndKeepsTheBound()
    {
        var table = new FlapTable(addressesMax: 100);
        for (var i = 1; i <= 1000; i++)
        {
            table.Lost(Address(i), At(i * 0.001));
        }

        Assert.Equal(100, table.Count);
    }

    [Fact]
    public void Lost_OneAddressMoreThanTheBound_ForgetsOne()
    {
        for (var i = 1; i <= Limits.FlapsMax + 1; i++)
        {
            _table.Lost(Address(i), At(0));
        }

        Assert.Equal(Limits.FlapsMax, _table.Count);
    }

    [Fact]
    public void Lost_AllPlacesTakenByDamped_IsNotRememberedAndTheBoundHolds()
    {
        var table = new FlapTable(addressesMax: 3);
        for (var i = 0; i < 5 * 3; i++)
        {
            table.Lost(Address(1 + (i % 3)), At(i * 0.1));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Null(table.Lost(Address(9), At(2 + (i * 0.1))));
        }

        Assert.Equal(3, table.Count);
    }

    private TimeSpan Flap(double from)
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.Null(_table.Lost(s_address, At(from + i)));
        }

        return _table.Lost(s_address, At(from + 4))!.Value;
    }

    private static AddressKey Address(int port) => new(Records.Service, "10.0.0.1", port);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
