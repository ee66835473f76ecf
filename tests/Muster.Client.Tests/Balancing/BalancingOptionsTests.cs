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
