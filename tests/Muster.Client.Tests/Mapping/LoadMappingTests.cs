using System.Collections.Immutable;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.Orca;
using V1 = Muster.Protocol.V1;

namespace Muster.Client.Tests.Mapping;

public sealed class LoadMappingTests
{
    private static readonly LoadReport s_report = new()
    {
        CpuUtilization = 0.5,
        ApplicationUtilization = 0.25,
        Rps = 100,
        Eps = 2,
        Named = ImmutableSortedDictionary.CreateRange([KeyValuePair.Create("rif", 3.0), KeyValuePair.Create("lat_ms", 12.5)]),
    };

    [Fact]
    public void Orca_ThereAndBack_KeepsTheReport() => AssertSame(s_report, s_report.ToWire().ToCore());

    [Fact]
    public void Orca_IdleInstance_DiffersFromOneThatDoesNotMeasure()
    {
        var idle = OrcaLoadReport.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(
            new LoadReport { CpuUtilization = 0 }.ToWire()));

        Assert.Equal(0, idle.ToCore().CpuUtilization);
        Assert.Null(new OrcaLoadReport().ToCore().CpuUtilization);
    }

    [Fact]
    public void Trailer_ThereAndBack_KeepsTheReport() =>
        AssertSame(s_report, LoadMetadata.TryReadTrailer(LoadMetadata.FormatTrailer(s_report)));

    [Fact]
    public void TryReadTrailer_WithoutPadding_Reads() =>
        AssertSame(s_report, LoadMetadata.TryReadTrailer(LoadMetadata.FormatTrailer(s_report).TrimEnd('=')));

    [Theory]
    [InlineData("!")]
    [InlineData("////")]
    [InlineData("a")]
    public void TryReadTrailer_NoReport_IsNull(string text) => Assert.Null(LoadMetadata.TryReadTrailer(text));

    [Fact]
    public void TryReadTrailer_FigureThatCannotBeReal_IsNull() =>
        Assert.Null(LoadMetadata.TryReadTrailer(LoadMetadata.FormatTrailer(new LoadReport { CpuUtilization = double.NaN })));

    [Fact]
    public void FormatHeader_FullReport_IsShortText() =>
        Assert.Equal("cpu=0.5,app=0.25,rps=100,eps=2,lat_ms=12.5,rif=3", LoadMetadata.FormatHeader(s_report));

    [Fact]
    public void Header_ThereAndBack_KeepsTheReport() =>
        AssertSame(s_report, LoadMetadata.TryReadHeader(LoadMetadata.FormatHeader(s_report)));

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("=1")]
    [InlineData("cpu=x")]
    [InlineData("cpu=-1")]
    [InlineData("cpu=NaN")]
    [InlineData("rif=1e300")]
    public void TryReadHeader_NoReport_IsNull(string text) => Assert.Null(LoadMetadata.TryReadHeader(text));

    [Fact]
    public void FormatHeader_NameThatWouldBreakTheHeader_IsLeftOut()
    {
        var report = new LoadReport
        {
            Named = ImmutableSortedDictionary.CreateRange(
                [KeyValuePair.Create("a\r\nb", 1.0), KeyValuePair.Create("cpu", 2.0), KeyValuePair.Create("queue", 3.0)]),
        };

        Assert.Equal("queue=3", LoadMetadata.FormatHeader(report));
    }

    [Fact]
    public void SoftState_LoadAge_CountsBackFromNow()
    {
        var state = new SoftState(Liveness.Alive, Health.Degraded, s_report, TimeSpan.FromSeconds(100), new Stamp("n", 2, 3));

        var wire = state.ToWire("calc-1", TimeSpan.FromSeconds(103));
        var back = wire.ToCore(TimeSpan.FromSeconds(50));

        Assert.Equal(("calc-1", 3000u), (wire.InstanceId, wire.LoadAgeMs));
        Assert.Equal(TimeSpan.FromSeconds(47), back.LoadAt);
        Assert.Equal((Liveness.Alive, Health.Degraded, new Stamp("n", 2, 3)), (back.Liveness, back.Health, back.Stamp));
        AssertSame(s_report, back.Load);
    }

    [Fact]
    public void SoftState_LoadThatCannotBeReal_IsDropped()
    {
        var wire = new V1.SoftState { Load = new OrcaLoadReport { CpuUtilization = double.PositiveInfinity } };

        Assert.Null(wire.ToCore(TimeSpan.Zero).Load);
    }

    [Fact]
    public void SoftState_WithoutLoad_SendsNone()
    {
        var state = SoftState.Unknown with { Load = s_report };

        Assert.Null(state.ToWire("calc-1", TimeSpan.Zero, withLoad: false).Load);
    }

    [Fact]
    public void LoadReport_ThereAndBack_KeepsHealthAndLoad()
    {
        var violation = LoadReportMapping.ToWire("calc-1", Health.Unhealthy, s_report).ToCore(out var health, out var load);

        Assert.Null(violation);
        Assert.Equal(Health.Unhealthy, health);
        AssertSame(s_report, load);
    }

    [Fact]
    public void ResumeToken_ThereAndBack_IsTheSame()
    {
        var token = new ResumeToken("store", new Revision(7));

        Assert.Equal(token, token.ToWire().ToCore());
        Assert.Null(((V1.ResumeToken?)null).ToCore());
    }

    private static void AssertSame(LoadReport expected, LoadReport? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Named, actual.Named);
        Assert.Equal(expected with { Named = actual.Named }, actual);
    }
}
