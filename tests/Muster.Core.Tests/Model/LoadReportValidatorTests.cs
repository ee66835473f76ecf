using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Tests.Model;

public class LoadReportValidatorTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(1.7, true)]
    [InlineData(Limits.UtilizationMax, true)]
    [InlineData(100.001, false)]
    [InlineData(-0.001, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(double.NegativeInfinity, false)]
    public void Validate_Cpu_IsHeldToItsBounds(double cpu, bool valid)
    {
        var violation = LoadReportValidator.Validate(new LoadReport { CpuUtilization = cpu });

        Assert.Equal(valid ? null : "cpu_utilization", violation?.Field);
    }

    [Fact]
    public void Validate_NamedMetricThatIsNotANumber_NamesIt()
    {
        var report = new LoadReport
        {
            Named = ImmutableSortedDictionary<string, double>.Empty.Add("rif", double.NaN),
        };

        Assert.Equal("named_metrics['rif']", LoadReportValidator.Validate(report)!.Field);
    }

    [Fact]
    public void Validate_TooManyNamedMetrics_AreRefused()
    {
        var report = new LoadReport
        {
            Named = Enumerable.Range(0, Limits.NamedMetricsMax + 1).ToImmutableSortedDictionary(i => $"m{i}", _ => 1.0),
        };

        Assert.Equal("named_metrics", LoadReportValidator.Validate(report)!.Field);
    }
}
