using System.Net;
using Muster.Client.Registration;

namespace Muster.Client.Tests.Registration;

public sealed class AddressDetectionTests
{
    [Theory]
    [InlineData("192.168.1.5", true, "192.168.1.5")]
    [InlineData("192.168.1.5", false, "192.168.1.5")]
    [InlineData("::ffff:192.168.1.5", false, "192.168.1.5")]
    [InlineData("2001:db8::5", true, "2001:db8::5")]
    [InlineData("fe80::5%3", true, "fe80::5")]
    [InlineData("127.0.0.1", false, "127.0.0.1")]
    [InlineData("::1", false, "::1")]
    [InlineData("::ffff:127.0.0.1", false, "127.0.0.1")]
    [InlineData("127.0.0.1", true, "10.9.8.7")]
    [InlineData("::1", true, "10.9.8.7")]
    [InlineData("::ffff:127.0.0.1", true, "10.9.8.7")]
    [InlineData(null, true, "10.9.8.7")]
    [InlineData(null, false, "127.0.0.1")]
    public void Choose_RouteAndReach_DecideTheAddress(string? toRegistry, bool beyondLoopback, string expected)
    {
        var route = toRegistry is null ? null : IPAddress.Parse(toRegistry);

        Assert.Equal(expected, AddressDetection.Choose(route, beyondLoopback, () => IPAddress.Parse("10.9.8.7")));
    }

    [Fact]
    public void Choose_NoOtherAddressThanLoopback_AdvertisesLoopback() =>
        Assert.Equal("127.0.0.1", AddressDetection.Choose(IPAddress.Loopback, true, () => null));

    [Fact]
    public void SourceOf_Loopback_IsNoAddressForOthers()
    {
        Assert.Null(AddressDetection.SourceOf(IPAddress.Loopback));
        Assert.Null(AddressDetection.SourceOf(IPAddress.IPv6Loopback));
    }

    [Fact]
    public void OfDefaultRoute_ThisMachine_IsNeitherLoopbackNorUnspecified()
    {
        if (AddressDetection.OfDefaultRoute() is not { } address)
        {
            Assert.Skip("This machine has no address but loopback.");
            return;
        }

        Assert.False(IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
    }
}
