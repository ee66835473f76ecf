using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using V1 = Muster.Protocol.V1;

namespace Muster.Client.Tests.Mapping;

public sealed class InstanceMappingTests
{
    [Fact]
    public void ToWire_ThenToCore_KeepsAllButTheLease()
    {
        var record = new InstanceRecord
        {
            Key = new InstanceKey(new ServiceKey("prod", "calculator"), "calc-1"),
            Host = "10.0.0.1",
            Endpoints =
            [
                new Endpoint("default", "http", EndpointProtocol.Http2, 5001),
                new Endpoint("web", "https", EndpointProtocol.Http1AndHttp2, 5002),
            ],
            Weight = 7,
            Zone = "a",
            Metadata = ImmutableSortedDictionary.CreateRange([KeyValuePair.Create("version", "2")]),
            OwnerIntent = Intent.Draining,
            Check = new ActiveCheck
            {
                Kind = CheckKind.Http,
                Endpoint = "web",
                Path = "/healthz",
                ExpectedStatus = 204,
                Interval = TimeSpan.FromSeconds(5),
                Timeout = TimeSpan.FromSeconds(1),
                Rise = 4,
                Fall = 5,
                RemoveAfter = TimeSpan.FromDays(1),
            },
            Lease = new LeaseId(42),
            RegisteredAt = DateTimeOffset.UnixEpoch.AddDays(1),
            Revision = new Revision(9),
        };

        var violation = record.ToWire().ToCore(out var back);

        Assert.Null(violation);
        Assert.Equal(LeaseId.None, back.Lease);
        Assert.True(record.SameContentAs(back with { Lease = record.Lease }));
        Assert.Equal((record.Revision, record.RegisteredAt), (back.Revision, back.RegisteredAt));
    }

    [Fact]
    public void ToCore_EmptyInstance_TakesDefaults()
    {
        var violation = new V1.Instance { Service = "calculator", Endpoints = { new V1.Endpoint() } }.ToCore(out var record);

        Assert.Null(violation);
        Assert.Equal(ServiceKey.Default("calculator"), record.Key.Service);
        Assert.Equal("", record.Key.Id);
        Assert.Equal(Limits.WeightDefault, record.Weight);
        Assert.Equal(new Endpoint("default", "http", EndpointProtocol.Http2, 0), record.Default);
    }

    [Fact]
    public void ToCore_CheckThatSaysOnlyItsKind_TakesDefaults()
    {
        Assert.Null(new V1.Check { Tcp = new V1.TcpCheck() }.ToCore(out var check));

        Assert.Equal((Limits.CheckIntervalDefault, Limits.CheckTimeoutDefault), (check.Interval, check.Timeout));
        Assert.Equal((Limits.CheckRiseDefault, Limits.CheckFallDefault, null), (check.Rise, check.Fall, check.RemoveAfter));
        new V1.Check { Tcp = new V1.TcpCheck(), IntervalMs = 1000 }.ToCore(out var often);
        Assert.Equal(TimeSpan.FromSeconds(1), often.Timeout);
    }

    [Fact]
    public void ToCore_ExplicitZeroWeight_StaysZeroForTheValidator()
    {
        new V1.Instance { Weight = 0 }.ToCore(out var record);

        Assert.Equal(0, record.Weight);
    }

    [Fact]
    public void ToCore_TwoUnnamedEndpoints_NamesOnlyTheFirst()
    {
        new V1.Instance { Endpoints = { new V1.Endpoint(), new V1.Endpoint() } }.ToCore(out var record);

        Assert.Equal(["default", ""], record.Endpoints.Select(e => e.Name));
    }

    [Theory]
    [InlineData("http", EndpointProtocol.Http2)]
    [InlineData("https", EndpointProtocol.Http1AndHttp2)]
    public void ToCore_UnspecifiedProtocol_FollowsTheScheme(string scheme, EndpointProtocol expected)
    {
        new V1.Instance { Endpoints = { new V1.Endpoint { Scheme = scheme } } }.ToCore(out var record);

        Assert.Equal(expected, record.Default.Protocol);
    }

    [Fact]
    public void ToCore_UnknownIntent_NamesFieldAndValue()
    {
        var violation = new V1.Instance { Intent = (V1.Intent)99 }.ToCore(out _);

        Assert.Equal(("intent", "99"), (violation?.Field, violation?.Value));
    }

    [Fact]
    public void ToCore_UnknownProtocol_NamesTheEndpoint()
    {
        var wire = new V1.Instance { Endpoints = { new V1.Endpoint(), new V1.Endpoint { Protocol = (V1.Protocol)(-1) } } };

        var violation = wire.ToCore(out _);

        Assert.Equal(("endpoints[1].protocol", "-1"), (violation?.Field, violation?.Value));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void ToCore_TimeOutsideTheCalendar_IsClamped(long milliseconds)
    {
        var violation = new V1.Instance { RegisteredUnixMs = milliseconds }.ToCore(out var record);

        Assert.Null(violation);
        Assert.True(record.RegisteredAt <= DateTimeOffset.MinValue.AddDays(1) || record.RegisteredAt >= DateTimeOffset.MaxValue.AddDays(-1));
    }
}
