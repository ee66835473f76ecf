using System.Collections.Immutable;
using Muster.Core.Model;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Model;

public class InstanceValidatorTests
{
    [Fact]
    public void Validate_GoodInstance_HasNoViolation() => Assert.Null(InstanceValidator.Validate(Instance()));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(65535, true)]
    [InlineData(65536, false)]
    [InlineData(-1, false)]
    public void Validate_Port_IsHeldToItsBounds(int port, bool valid) =>
        AssertField(valid, "endpoints[0].port", Instance(port: port));

    [Theory]
    [InlineData(Limits.WeightMin - 1, false)]
    [InlineData(Limits.WeightMin, true)]
    [InlineData(Limits.WeightMax, true)]
    [InlineData(Limits.WeightMax + 1, false)]
    [InlineData(-5, false)]
    public void Validate_Weight_IsHeldToItsBounds(int weight, bool valid) =>
        AssertField(valid, "weight", Instance() with { Weight = weight });

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("worker_1.local", true)]
    [InlineData("256.0.0.1", false)]
    [InlineData("1.2.3", false)]
    [InlineData("-host", false)]
    [InlineData("a b", false)]
    [InlineData("host:80", false)]
    [InlineData("", false)]
    public void Validate_Host_IsAnAddressOrAName(string host, bool valid) => AssertField(valid, "host", Instance(host: host));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(Limits.NameCharsMax, true)]
    [InlineData(Limits.NameCharsMax + 1, false)]
    public void Validate_ServiceNameLength_IsHeldToItsBounds(int length, bool valid) => AssertField(valid, "service",
        Instance() with { Key = new InstanceKey(ServiceKey.Default(new string('a', length)), "a") });

    [Theory]
    [InlineData("Calculator")]
    [InlineData("calc ulator")]
    [InlineData("-calc")]
    [InlineData("calc.")]
    [InlineData("çalc")]
    public void Validate_ServiceName_AllowsDnsCharactersOnly(string name) => AssertField(false, "service",
        Instance() with { Key = new InstanceKey(ServiceKey.Default(name), "a") });

    [Theory]
    [InlineData(Limits.EndpointsMax, true)]
    [InlineData(Limits.EndpointsMax + 1, false)]
    [InlineData(0, false)]
    public void Validate_EndpointCount_IsHeldToItsBounds(int count, bool valid) => AssertField(valid, "endpoints", Instance() with
    {
        Endpoints = [.. Enumerable.Range(0, count).Select(i => new Endpoint($"e{i}", "http", EndpointProtocol.Http2, 80 + i))],
    });

    [Fact]
    public void Validate_TwoEndpointsOfOneName_AreRefused() => AssertField(false, "endpoints[1].name", Instance() with
    {
        Endpoints = [new("x", "http", EndpointProtocol.Http2, 80), new("x", "http", EndpointProtocol.Http1, 81)],
    });

    [Fact]
    public void Validate_BothProtocolsOnOneCleartextPort_AreRefused() => AssertField(false, "endpoints[0].protocol", Instance() with
    {
        Endpoints = [new("x", "http", EndpointProtocol.Http1AndHttp2, 80)],
    });

    [Theory]
    [InlineData(Limits.MetadataEntriesMax, 1, 1, true)]
    [InlineData(Limits.MetadataEntriesMax + 1, 1, 1, false)]
    [InlineData(1, Limits.MetadataKeyBytesMax, 1, true)]
    [InlineData(1, Limits.MetadataKeyBytesMax + 1, 1, false)]
    [InlineData(1, 4, Limits.MetadataValueBytesMax, true)]
    [InlineData(1, 4, Limits.MetadataValueBytesMax + 1, false)]
    [InlineData(8, 4, 1020, true)]
    [InlineData(8, 5, 1020, false)]
    public void Validate_Metadata_IsHeldToItsBounds(int entries, int keyBytes, int valueBytes, bool valid)
    {
        var metadata = Enumerable.Range(0, entries).ToImmutableSortedDictionary(
            i => i.ToString("D" + keyBytes, System.Globalization.CultureInfo.InvariantCulture)[^Math.Max(keyBytes, 1)..]
                .PadLeft(keyBytes, 'k'), _ => new string('v', valueBytes), StringComparer.Ordinal);
        var violation = InstanceValidator.Validate(Instance() with { Metadata = entries > 9 && keyBytes == 1
            ? Enumerable.Range(0, entries).ToImmutableSortedDictionary(i => ((char)('0' + i)).ToString(), _ => "v", StringComparer.Ordinal)
            : metadata });

        Assert.Equal(valid, violation is null);
        Assert.True(valid || violation!.Field.StartsWith("metadata", StringComparison.Ordinal), violation?.ToString());
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(999u, false)]
    [InlineData(1000u, true)]
    [InlineData(600_000u, true)]
    [InlineData(600_001u, false)]
    public void ValidateTtl_IsHeldToItsBounds(uint milliseconds, bool valid)
    {
        var violation = InstanceValidator.ValidateTtl(milliseconds, out var ttl);

        Assert.Equal(valid, violation is null);
        Assert.True(milliseconds != 0 || ttl == Limits.TtlDefault);
    }

    [Fact]
    public void Violation_SaysFieldValueAndBound() => Assert.Equal(
        "weight is 10001: 1 to 10000 are allowed.",
        InstanceValidator.Validate(Instance() with { Weight = 10_001 })!.ToString());

    private static void AssertField(bool valid, string field, InstanceRecord instance)
    {
        var violation = InstanceValidator.Validate(instance);
        Assert.Equal(valid ? null : field, violation?.Field);
    }
}
