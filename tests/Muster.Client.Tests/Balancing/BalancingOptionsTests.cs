using Muster.Client.Balancing;

namespace Muster.Client.Tests.Balancing;

public sealed class BalancingOptionsTests
{
    [Fact]
    public void Validate_Defaults_Passes() => BalancingOptionsValidator.Validate(new BalancingOptions(), []);

    [Fact]
    public void Validate_UnknownPolicy_NamesThemAll()
    {
        var e = Fails(new BalancingOptions { Policy = "fastest" });
        Assert.Contains("'fastest'", e.Message, StringComparison.Ordinal);
        Assert.All(PolicyNames.All, name => Assert.Contains(name, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_SeveralWrong_NamesEach()
    {
        var e = Fails(new BalancingOptions { Namespace = "", Selector = "=2", EndpointName = "No Name" });
        Assert.Contains("Namespace is empty", e.Message, StringComparison.Ordinal);
        Assert.Contains("Selector is '=2'", e.Message, StringComparison.Ordinal);
        Assert.Contains("EndpointName is 'No Name'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9.999, false)]
    [InlineData(10, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public void Validate_ConnectTimeout_HoldsItsBounds(double milliseconds, bool passes) =>
        Check(new BalancingOptions { ConnectTimeout = TimeSpan.FromMilliseconds(milliseconds) }, passes, "ConnectTimeout");

    [Theory]
    [InlineData(-0.001, false)]
    [InlineData(0, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public void Validate_DiscoveryTimeout_HoldsItsBounds(double milliseconds, bool passes) =>
        Check(new BalancingOptions { DiscoveryTimeout = TimeSpan.FromMilliseconds(milliseconds) }, passes, "DiscoveryTimeout");

    [Theory]
    [InlineData(-0.001, false)]
    [InlineData(0, true)]
    [InlineData(100, true)]
    [InlineData(100.001, false)]
    [InlineData(double.NaN, false)]
    public void Validate_SplitPercent_HoldsItsBounds(double percent, bool passes) =>
        Check(new BalancingOptions { Split = new TrafficSplit("canary=true", percent) }, passes, "Split.Percent");

    [Theory]
    [InlineData("canary=true,version=2", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("canary", false)]
    public void Validate_SplitSelector_NamesSomebody(string? selector, bool passes) =>
        Check(new BalancingOptions { Split = new TrafficSplit(selector!, 5) }, passes, "Split.Selector");

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    public void Validate_SubsetSize_HoldsItsBounds(int size, bool passes) =>
        Check(new BalancingOptions { SubsetSize = size }, passes, "SubsetSize");

    [Theory]
    [InlineData(-0.001, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1.001, false)]
    [InlineData(double.NaN, false)]
    public void Validate_ZoneHeadroom_HoldsItsBounds(double headroom, bool passes) =>
        Check(new BalancingOptions { ZonePreference = new() { Headroom = headroom } }, passes, "ZonePreference.Headroom");

    [Theory]
    [InlineData(0.0009, false)]
    [InlineData(0.001, true)]
    [InlineData(0.5, true)]
    [InlineData(0.501, false)]
    public void Validate_ZoneProbeShare_HoldsItsBounds(double share, bool passes) =>
        Check(new BalancingOptions { ZonePreference = new() { ProbeShare = share } }, passes, "ZonePreference.ProbeShare");

    [Theory]
    [InlineData(0.999, false)]
    [InlineData(1, true)]
    [InlineData(10, true)]
    [InlineData(10.001, false)]
    public void Validate_ZoneOverProvisioning_HoldsItsBounds(double factor, bool passes) =>
        Check(new BalancingOptions { ZonePreference = new() { OverProvisioning = factor } }, passes, "ZonePreference.OverProvisioning");

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    public void Validate_ZoneInstancesMin_HoldsItsBounds(int instances, bool passes) =>
        Check(new BalancingOptions { ZonePreference = new() { InstancesMin = instances } }, passes, "ZonePreference.InstancesMin");

    [Fact]
    public void Validate_ZonePreferenceOff_Passes() =>
        BalancingOptionsValidator.Validate(new BalancingOptions { ZonePreference = null }, []);

    private static void Check(BalancingOptions options, bool passes, string field)
    {
        if (passes)
        {
            BalancingOptionsValidator.Validate(options, []);
        }
        else
        {
            Assert.Contains($"{field} is ", Fails(options).Message, StringComparison.Ordinal);
        }
    }

    private static ArgumentException Fails(BalancingOptions options) =>
        Assert.Throws<ArgumentException>(() => BalancingOptionsValidator.Validate(options, []));
}
