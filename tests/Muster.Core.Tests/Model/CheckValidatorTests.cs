using Muster.Core.Model;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Model;

public class CheckValidatorTests
{
    private static readonly ActiveCheck s_tcp = new() { Kind = CheckKind.Tcp };
    private static readonly ActiveCheck s_http = new() { Kind = CheckKind.Http };
    private static readonly ActiveCheck s_grpc = new() { Kind = CheckKind.Grpc };

    [Fact]
    public void Validate_Defaults_AreValidForEachKind() =>
        Assert.All([s_tcp, s_http, s_grpc], check => Assert.Null(InstanceValidator.Validate(Instance() with { Check = check })));

    public static TheoryData<double, bool> Intervals => Bounds(Limits.CheckIntervalMin, Limits.CheckIntervalMax);

    [Theory]
    [MemberData(nameof(Intervals))]
    public void Validate_Interval_IsHeldToItsBounds(double ms, bool valid) =>
        AssertField(valid, "check.interval_ms", s_tcp with { Interval = TimeSpan.FromMilliseconds(ms), Timeout = Limits.CheckTimeoutMin });

    public static TheoryData<double, bool> Timeouts => Bounds(Limits.CheckTimeoutMin, Limits.CheckTimeoutMax);

    [Theory]
    [MemberData(nameof(Timeouts))]
    public void Validate_Timeout_IsHeldToItsBounds(double ms, bool valid) =>
        AssertField(valid, "check.timeout_ms", s_tcp with { Timeout = TimeSpan.FromMilliseconds(ms), Interval = Limits.CheckIntervalMax });

    [Theory]
    [InlineData(3000, true)]
    [InlineData(3001, false)]
    public void Validate_Timeout_IsAtMostTheInterval(int ms, bool valid) =>
        AssertField(valid, "check.timeout_ms", s_tcp with { Timeout = TimeSpan.FromMilliseconds(ms), Interval = TimeSpan.FromSeconds(3) });

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(Limits.CheckThresholdMax, true)]
    [InlineData(Limits.CheckThresholdMax + 1, false)]
    public void Validate_Thresholds_AreHeldToTheirBounds(int value, bool valid)
    {
        AssertField(valid, "check.rise", s_tcp with { Rise = value });
        AssertField(valid, "check.fall", s_tcp with { Fall = value });
    }

    public static TheoryData<double, bool> RemoveAfters => Bounds(Limits.CheckRemoveAfterMin, Limits.CheckRemoveAfterMax);

    [Theory]
    [MemberData(nameof(RemoveAfters))]
    public void Validate_RemoveAfter_IsHeldToItsBounds(double ms, bool valid) =>
        AssertField(valid, "check.remove_after_ms", s_tcp with { RemoveAfter = TimeSpan.FromMilliseconds(ms) });

    [Theory]
    [InlineData("/", true)]
    [InlineData("/healthz?x=1", true)]
    [InlineData("healthz", false)]
    [InlineData("", false)]
    [InlineData("/a b", false)]
    [InlineData("/a\r\nHost: x", false)]
    [InlineData("/ä", false)]
    [InlineData("/a#b", false)]
    public void Validate_Path_IsPrintableAndBeginsWithASlash(string path, bool valid) =>
        AssertField(valid, "check.http.path", s_http with { Path = path });

    [Theory]
    [InlineData(Limits.CheckPathCharsMax, true)]
    [InlineData(Limits.CheckPathCharsMax + 1, false)]
    public void Validate_PathLength_IsHeldToItsBound(int length, bool valid) =>
        AssertField(valid, "check.http.path", s_http with { Path = "/" + new string('a', length - 1) });

    [Theory]
    [InlineData(199, false)]
    [InlineData(200, true)]
    [InlineData(599, true)]
    [InlineData(600, false)]
    public void Validate_Status_IsHeldToItsBounds(int status, bool valid) =>
        AssertField(valid, "check.http.status", s_http with { ExpectedStatus = status });

    [Theory]
    [InlineData("my.package.Service_1", true)]
    [InlineData("my/Service", false)]
    [InlineData("my service", false)]
    public void Validate_GrpcService_IsAFullName(string service, bool valid) =>
        AssertField(valid, "check.grpc.service", s_grpc with { GrpcService = service });

    [Fact]
    public void Validate_GrpcServiceTooLong_IsRefused() =>
        AssertField(false, "check.grpc.service", s_grpc with { GrpcService = new string('a', Limits.CheckServiceCharsMax + 1) });

    [Fact]
    public void Validate_EndpointThatTheInstanceLacks_IsRefusedWithThoseThatItHas()
    {
        var violation = InstanceValidator.Validate(Instance() with { Check = s_tcp with { Endpoint = "admin" } });

        Assert.Equal("check.endpoint is 'admin': the instance has no such endpoint, only default.", $"{violation}");
    }

    [Fact]
    public void Validate_GrpcOnAnEndpointOfHttp1_IsRefused() => Assert.Equal("check.endpoint", InstanceValidator.Validate(Instance() with
    {
        Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http1, 80)],
        Check = s_grpc,
    })?.Field);

    private static TheoryData<double, bool> Bounds(TimeSpan min, TimeSpan max) => new()
    {
        { min.TotalMilliseconds - 1, false }, { min.TotalMilliseconds, true }, { max.TotalMilliseconds, true }, { max.TotalMilliseconds + 1, false },
    };

    private static void AssertField(bool valid, string field, ActiveCheck check)
    {
        var violation = InstanceValidator.Validate(Instance() with { Check = check });
        Assert.Equal(valid ? null : field, violation?.Field);
    }
}
