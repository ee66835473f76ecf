using Muster.Core.Model;
using Muster.Protocol.Mapping;
using V1 = Muster.Protocol.V1;

namespace Muster.Client.Tests.Mapping;

public sealed class EnumMappingTests
{
    [Fact]
    public void ToWire_EveryValue_ComesBack()
    {
        Assert.All(Enum.GetValues<Health>(), h => Assert.Equal(h, h.ToWire().ToCore()));
        Assert.All(Enum.GetValues<Liveness>(), l => Assert.Equal(l, l.ToWire().ToCore()));
        Assert.All(Enum.GetValues<RemovalReason>(), r => Assert.Equal(r, r.ToWire().ToCore()));
        Assert.All(Enum.GetValues<Intent>(), intent =>
        {
            Assert.Null(EnumMapping.ReadIntent("intent", intent.ToWire(), out var back));
            Assert.Equal(intent, back);
        });
        Assert.All(Enum.GetValues<BreakerState>(), state =>
        {
            Assert.Null(EnumMapping.ReadBreakerState("breaker", state.ToWire(), out var back));
            Assert.Equal(state, back);
        });
        Assert.All(Enum.GetValues<EndpointProtocol>(), protocol =>
        {
            Assert.Null(EnumMapping.ReadProtocol("protocol", protocol.ToWire(), "http", out var back));
            Assert.Equal(protocol, back);
        });
    }

    [Fact]
    public void ToCore_ValueOfANewerPeer_IsNotSaid()
    {
        Assert.Equal(Health.Unknown, ((V1.Health)77).ToCore());
        Assert.Equal(Liveness.Unknown, ((V1.Liveness)77).ToCore());
        Assert.Equal(BreakerState.Closed, ((V1.BreakerState)77).ToCore());
        Assert.Equal(RemovalReason.Unspecified, ((V1.RemovalReason)77).ToCore());
    }

    [Fact]
    public void ReadHealth_UnknownValue_IsRefused()
    {
        var violation = EnumMapping.ReadHealth("health", (V1.Health)77, out _);

        Assert.Equal("health is 77: allowed are 0 (UNKNOWN), 1 (HEALTHY), 2 (DEGRADED) or 3 (UNHEALTHY).", $"{violation}");
    }
}
