using Muster.AspNetCore;
using Muster.AspNetCore.Connections;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

public sealed class ConnectionAgesTests
{
    private static readonly TimeSpan s_maxAge = TimeSpan.FromMinutes(10);
    private readonly ManualTimeProvider _clock = new();
    private readonly int _seed = Random.Shared.Next();
    private readonly ConnectionAges _ages;

    public ConnectionAgesTests(ITestOutputHelper output)
    {
        output.WriteLine($"seed {_seed}");
        _ages = new ConnectionAges(new MusterConnectionAgingOptions(), _clock, _seed);
    }

    [Fact]
    [Trait("pitfall", "reconnect-storm")]
    public void Next_AppHasJustStarted_IsFullyRandom()
    {
        var tenths = Draw(_ages);

        // A thousand in ten equal parts: far more than none in each, far less than all in one.
        Assert.All(Enumerable.Range(0, 10), i => Assert.InRange(tenths.Count(t => (int)t == i), 50, 170));
        Assert.All(tenths, t => Assert.InRange(t, 0, 10));
    }

    [Fact]
    public void Next_Later_IsTheAgeWithinATenth()
    {
        _clock.Advance(s_maxAge);
        var tenths = Draw(_ages);

        Assert.All(tenths, t => Assert.InRange(t, 9, 11));
        Assert.Contains(tenths, t => t < 9.3);
        Assert.Contains(tenths, t => t > 10.7);
    }

    [Fact]
    public void Next_SameSeed_IsTheSame() =>
        Assert.Equal(Draw(_ages), Draw(new ConnectionAges(new MusterConnectionAgingOptions(), _clock, _seed)));

    private static List<double> Draw(ConnectionAges ages) => [.. Enumerable.Range(0, 1000).Select(_ => ages.Next() / s_maxAge * 10)];
}
