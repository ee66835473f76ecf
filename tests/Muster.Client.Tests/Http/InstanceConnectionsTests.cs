using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.Client.Http;
using Muster.Core;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

public sealed class InstanceConnectionsTests
{
    // Whoever closes later may send into the other's end.
    [Fact]
    public void Handler_IdleConnection_IsClosedBeforeAServerWould()
    {
        using var connector = Connectors.To(1, Connectors.Factory(new ManualTimeProvider()));
        using var handler = InstanceConnections.CreateHandler(connector);
        Assert.Equal(Limits.InstanceConnectionIdleMax, handler.PooledConnectionIdleTimeout);

        // The handler looks at its idle connections four times in that time.
        Assert.True(handler.PooledConnectionIdleTimeout * 1.25 < new KestrelServerLimits().KeepAliveTimeout);
    }

    // Where another is open, calls will say how the instance does.
    [Fact]
    public async Task Connect_Fails_IsToldIfACallNeededItAndNoOtherIsOpen()
    {
        await using var a = new RawServer("a", stream => stream.ReadAsync(new byte[1]).AsTask());
        var told = new List<Exception>();
        using var connector = Connectors.To(
            a.View.Record.Default.Port, Connectors.Factory(new ManualTimeProvider()), onFailed: told.Add);
        await using (await connector.ConnectAsync(null, isCall: true, default))
        {
            a.StopListening();
            await Assert.ThrowsAsync<SocketException>(() => connector.ConnectAsync(null, isCall: true, default).AsTask());
        }

        await Assert.ThrowsAsync<SocketException>(() => connector.ConnectAsync(null, isCall: false, default).AsTask());
        Assert.Empty(told);
        var e = await Assert.ThrowsAsync<SocketException>(() => connector.ConnectAsync(null, isCall: true, default).AsTask());
        Assert.Same(e, Assert.Single(told));
    }
}
