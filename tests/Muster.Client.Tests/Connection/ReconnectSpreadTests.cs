using Muster.Client.Connection;

namespace Muster.Client.Tests.Connection;

/// <summary>What a registry that comes back sees of clients that all lost it in the same instant: their back-offs, on virtual
/// time. A try before it is back fails, one after it succeeds.</summary>
[Trait("pitfall", "reconnect-storm")]
public sealed class ReconnectSpreadTests
{
    private const int Clients = 1000;
    private static readonly TimeSpan s_tenth = TimeSpan.FromMilliseconds(100);

    /// <summary>No tenth of a second brings more than this share of all clients. Uniform over the first second it would be a tenth on
    /// average; the rest is what chance adds to the fullest one, and those who failed before.</summary>
    private const double BurstShareMax = 0.18;

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(500)]
    [InlineData(1000)]
    [InlineData(3000)]
    [InlineData(15_000)]
    [InlineData(120_000)]
    public void Reconnect_AllLostItAtOnce_AreSpread(int awayMilliseconds)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var away = TimeSpan.FromMilliseconds(awayMilliseconds);
            var back = Reconnects(seed, away, firstMax: null);

            var fullest = back.CountBy(t => t.Ticks / s_tenth.Ticks).Max(b => b.Value);
            Assert.True(fullest <= BurstShareMax * Clients, $"seed {seed}: {fullest} of {Clients} within 100 ms");
            Assert.True(back.Max() <= away + Backoff.DelayMax, $"seed {seed}: the last after {back.Max()}");
        }
    }

    [Fact]
    public void Reconnect_SessionsOfTheDefaultTtl_AreSpreadAsWellAndBackWithinIt()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var back = Reconnects(seed, TimeSpan.FromMilliseconds(300), Core.Limits.TtlDefault / 10);

            var fullest = back.CountBy(t => t.Ticks / s_tenth.Ticks).Max(b => b.Value);
            Assert.True(fullest <= BurstShareMax * Clients, $"seed {seed}: {fullest} of {Clients} within 100 ms");
            Assert.InRange(back.Max(), TimeSpan.Zero, Core.Limits.TtlDefault);
        }
    }

    [Fact]
    public void Reconnect_RegistryThatCrashesOverAndOver_IsTriedEverMoreSeldom()
    {
        // Up for less than StableAfter each time, so nobody starts anew.
        var tries = new List<TimeSpan>();
        for (var seed = 1; seed <= Clients; seed++)
        {
            var (backoff, now) = (new Backoff(new Random(seed)), TimeSpan.Zero);
            while ((now += backoff.Next()) < TimeSpan.FromMinutes(2))
            {
                tries.Add(now);
            }
        }

        var lastMinute = tries.Count(t => t >= TimeSpan.FromMinutes(1)) / 60.0;
        Assert.True(lastMinute < Clients / 8.0, $"{lastMinute} tries a second");
    }

    private static List<TimeSpan> Reconnects(int seed, TimeSpan away, TimeSpan? firstMax)
    {
        var seeds = new Random(seed);
        return [.. Enumerable.Range(0, Clients).Select(_ =>
        {
            var (backoff, now) = (new Backoff(new Random(seeds.Next())), TimeSpan.Zero);
            do
            {
                now += backoff.Next(firstMax);
            }
            while (now < away);

            return now;
        })];
    }
}
