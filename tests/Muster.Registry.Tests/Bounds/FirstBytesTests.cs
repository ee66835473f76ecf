using System.Net;
using System.Net.Sockets;
using Muster.Core;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Registry.Connections;
using Muster.Testing;

namespace Muster.Registry.Tests.Bounds;

/// <summary>Connections that open and say nothing, or not enough.</summary>
public sealed class FirstBytesTests
{
    [Theory]
    [InlineData(true, "")]
    [InlineData(true, "PRI * HTTP/2.0\r\n")]
    [InlineData(false, "")]
    public async Task Connection_SaysNothingOrHalfAPreface_IsClosedWhenItsTimeIsOver(bool isGrpc, string said)
    {
        var time = new ManualTimeProvider();
        await using var registry = await LimitedRegistry.StartAsync(time: time);
        var armed = time.TimerArmedAsync(due => due == Limits.FirstBytesWaitMax);
        using var silent = await ConnectAsync(isGrpc ? registry.GrpcAddress : registry.HttpAddress, said);
        var end = EndAsync(silent);
        await armed;
        await registry.Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());

        time.Advance(Limits.FirstBytesWaitMax);

        await end;
        // Who has begun, is not concerned.
        await registry.Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
    }

    [Fact]
    public async Task Connection_SaysSomethingElse_IsTheServersToRefuse()
    {
        await using var registry = await LimitedRegistry.StartAsync();
        using var other = await ConnectAsync(registry.GrpcAddress, "GET / HTTP/1.1\r\n\r\n");

        Assert.NotEmpty(await EndAsync(other));
    }

    [Theory]
    [InlineData("Max open files            1000                 4096                 files     \n", 900)]
    [InlineData("Max cpu time 1 2 seconds\nMax open files            unlimited            unlimited            files     \n", 5000)]
    [InlineData("Max open files            1048576              1048576              files     \n", 5000)]
    [InlineData("", 5000)]
    public void ConnectionsMax_FewerFilesMayBeOpen_LeavesATenthOfThem(string limits, long expected) =>
        Assert.Equal(expected, OpenFiles.ConnectionsMax(5000, limits));

    private static async Task<TcpClient> ConnectAsync(Uri address, string said)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(said));
        return client;
    }

    private static async Task<byte[]> EndAsync(TcpClient client)
    {
        using var all = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(all);
        }
        catch (IOException)
        {
            // Reset: an end too.
        }

        return all.ToArray();
    }
}
