using Muster.Grpc.Wire;

namespace Muster.Grpc.Tests.Wire;

public sealed class TimeoutCodecTests
{
    public static TheoryData<TimeSpan, string> Formatted() => new()
    {
        { TimeSpan.FromTicks(1), "100n" },
        { TimeSpan.FromMilliseconds(1), "1000000n" },
        { TimeSpan.FromTicks(999_999), "99999900n" },
        { TimeSpan.FromTicks(1_000_000), "100000u" },
        { TimeSpan.FromTicks(1_000_001), "100001u" },
        { TimeSpan.FromSeconds(1), "1000000u" },
        { TimeSpan.FromSeconds(100), "100000m" },
        { TimeSpan.FromDays(2), "172800S" },
        { TimeSpan.FromDays(365 * 100), "52560000M" },
        { TimeSpan.FromDays(365 * 1000), "8760000H" },
        { TimeSpan.MaxValue, "99999999H" },
    };

    [Theory]
    [MemberData(nameof(Formatted))]
    public void Format_Timeout_IsTheFinestUnitThatFits(TimeSpan timeout, string text) =>
        Assert.Equal(text, TimeoutCodec.Format(timeout));

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("1u", TimeSpan.TicksPerMicrosecond)]
    [InlineData("1m", TimeSpan.TicksPerMillisecond)]
    [InlineData("1S", TimeSpan.TicksPerSecond)]
    [InlineData("1M", TimeSpan.TicksPerMinute)]
    [InlineData("1H", TimeSpan.TicksPerHour)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    [InlineData("00000000S", 0)]
    public void TryParse_EveryUnit_IsUnderstood(string text, long ticks)
    {
        Assert.True(TimeoutCodec.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("1h")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("1 S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(TimeoutCodec.TryParse(text, out _));

    [Fact]
    public void Format_RandomTimeouts_ReadBackWithinOneUnitAndNeverShorter()
    {
        var random = new Random(20250101);
        for (var i = 0; i < 10_000; i++)
        {
            var timeout = TimeSpan.FromTicks(Math.Max(1, random.NextInt64() >> random.Next(0, 62)));
            Assert.True(TimeoutCodec.TryParse(TimeoutCodec.Format(timeout), out var back));
            Assert.True(back >= timeout || back.TotalHours >= 99_999_999, $"{timeout} came back as {back}");
            Assert.True(back - timeout <= timeout / 10_000 + TimeSpan.FromTicks(1), $"{timeout} came back as {back}");
        }
    }
}
