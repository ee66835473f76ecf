using Muster.Core.Model;

namespace Muster.Core.Tests.Model;

public class HostPortTests
{
    [Theory]
    [InlineData("localhost:5000", "localhost", 5000)]
    [InlineData("10.1.2.3:1", "10.1.2.3", 1)]
    [InlineData("registry", "registry", null)]
    [InlineData("[::1]:5000", "::1", 5000)]
    [InlineData("[fe80::1]", "fe80::1", null)]
    [InlineData("::1", "::1", null)]
    public void TryParse_Address_IsRead(string text, string host, int? port)
    {
        Assert.True(HostPort.TryParse(text, out var result, out _));
        Assert.Equal(new HostPort(host, port), result);
        Assert.True(HostPort.TryParse(result.ToString(), out var again, out _));
        Assert.Equal(result, again);
    }

    [Theory]
    [InlineData("", "not an IP address")]
    [InlineData(":5000", "not an IP address")]
    [InlineData("host:0", "not a port")]
    [InlineData("host:65536", "not a port")]
    [InlineData("host:abc", "not a port")]
    [InlineData("host:+5", "not a port")]
    [InlineData("[::1", "brackets")]
    [InlineData("http://host:80", "not an IP address")]
    public void TryParse_SomethingElse_SaysWhatIsWrong(string text, string expected)
    {
        Assert.False(HostPort.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
