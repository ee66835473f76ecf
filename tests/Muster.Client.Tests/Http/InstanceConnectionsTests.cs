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
}
