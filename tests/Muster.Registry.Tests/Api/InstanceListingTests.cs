using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Api;

namespace Muster.Registry.Tests.Api;

/// <summary>What is put together from encoded parts, against the message as its fields say it.</summary>
public sealed class InstanceListingTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(100);

    private static readonly Core.Model.SoftState s_plain = new(
        Core.Model.Liveness.Alive, Core.Model.Health.Healthy, null, default, new Core.Model.Stamp("node", 3, 400));

    private static readonly Core.Model.SoftState s_loaded = s_plain with
    {
        Load = new Core.Model.LoadReport { CpuUtilization = 0.5, Rps = 3 }, LoadAt = TimeSpan.FromSeconds(60),
    };

    private static readonly Core.Model.SoftState[] s_states =
    [
        Core.Model.SoftState.Unknown, s_plain, s_loaded,
        s_loaded with { LoadAt = s_now },
        s_plain with { DampedUntil = TimeSpan.FromSeconds(130) },
        s_loaded with { DampedUntil = TimeSpan.FromSeconds(90), Health = Core.Model.Health.Degraded },
    ];

    [Fact]
    public void Encode_AnyStates_IsTheMessage()
    {
        var instances = s_states.Select((_, i) => new EncodedInstance(Make($"i{i}"))).ToList();

        // Each instance goes through each state, and is asked for at two times in each.
        for (var turn = 0; turn < s_states.Length; turn++)
        {
            foreach (var now in new[] { s_now, s_now + TimeSpan.FromMilliseconds(200) })
            {
                var rest = new ListInstancesResponse { ServiceKnown = true, Token = new Protocol.V1.ResumeToken { StoreId = "s", Revision = 7 } };
                var expected = rest.Clone();
                var listing = new InstanceListing(rest, now);
                for (var i = 0; i < instances.Count; i++)
                {
                    var (state, check) = (s_states[(i + turn) % s_states.Length], i == 1 ? new CheckState { Health = Protocol.V1.Health.Unhealthy } : null);
                    listing.Add(instances[i], state, check);
                    expected.Instances.Add(new InstanceState
                    {
                        Instance = instances[i].Record.ToWire(),
                        Soft = state.ToWire($"i{i}", now),
                        Check = check,
                    });
                }

                Assert.Equal(expected, ListInstancesResponse.Parser.ParseFrom(listing.Encode().Message.Span));
            }
        }
    }

    [Fact]
    public void BytesOf_SameState_AreEncodedOnce()
    {
        var instance = new EncodedInstance(Make("a"));

        Assert.Same(instance.BytesOf(s_plain), instance.BytesOf(s_plain));
        Assert.NotSame(instance.BytesOf(s_plain), instance.BytesOf(s_loaded));
    }

    private static InstanceRecord Make(string id) => new()
    {
        Key = new InstanceKey(ServiceKey.Default("calculator"), id),
        Host = "10.0.0.1",
        Endpoints = [new Core.Model.Endpoint("default", "http", EndpointProtocol.Http2, 80)],
    };
}
