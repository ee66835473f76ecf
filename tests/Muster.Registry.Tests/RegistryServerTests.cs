using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.Testing;

namespace Muster.Registry.Tests;

public class RegistryServerTests
{
    [Fact]
    public async Task Start_PortInUse_NamesThePort()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;

        var error = await Assert.ThrowsAnyAsync<IOException>(() => InProcessRegistry.StartAsync(port: port));

        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, null, "port is -1")]
    [InlineData(65535, null, "port is 65535")]
    [InlineData(5000, 65536, "http port is 65536")]
    [InlineData(5000, 5000, "must differ")]
    public void Validate_PortOutOfBounds_SaysWhich(int port, int? httpPort, string expected)
    {
        var options = new RegistryServerOptions { Port = port, HttpPort = httpPort, TimeProvider = new ManualTimeProvider() };

        Assert.Contains(expected, Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
