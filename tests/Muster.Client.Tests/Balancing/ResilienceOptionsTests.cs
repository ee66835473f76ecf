using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Grpc;

namespace Muster.Client.Tests.Balancing;

public sealed class ResilienceOptionsTests
{
    private static readonly BalancingOptions Defaults = new() { Hedging = new HedgingOptions() };

    [Fact]
    public void Validate_HedgingByDefault_Passes() => BalancingOptionsValidator.Validate(Defaults, []);

    [Fact]
    public void Validate_RetriesOff_Passes() => BalancingOptionsValidator.Validate(new BalancingOptions { Retry = null }, []);

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void Validate_AttemptsMax_HoldsItsBounds(int value, bool passes) => CheckRetry(o => o with { AttemptsMax = value }, passes, "AttemptsMax");

    [Theory]
    [InlineData(-0.001, false)]
    [InlineData(0, true)]
    [InlineData(1000, true)]
    [InlineData(1000.001, false)]
    public void Validate_BackoffMin_HoldsItsBounds(double milliseconds, bool passes) =>
        CheckRetry(o => o with { BackoffMin = TimeSpan.FromMilliseconds(milliseconds) }, passes, "BackoffMin");

    [Theory]
    [InlineData(24.999, false)]
    [InlineData(25, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public void Validate_BackoffMax_HoldsItsBounds(double milliseconds, bool passes) =>
        CheckRetry(o => o with { BackoffMax = TimeSpan.FromMilliseconds(milliseconds) }, passes, "BackoffMax");

    [Theory]
    [InlineData(0.99, false)]
    [InlineData(1, true)]
    [InlineData(10, true)]
    [InlineData(10.01, false)]
    [InlineData(double.NaN, false)]
    public void Validate_BackoffMultiplier_HoldsItsBounds(double value, bool passes) =>
        CheckRetry(o => o with { BackoffMultiplier = value }, passes, "BackoffMultiplier");

    [Theory]
    [InlineData(-0.001, false)]
    [InlineData(0, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public void Validate_PushbackMax_HoldsItsBounds(double milliseconds, bool passes) =>
        CheckRetry(o => o with { PushbackMax = TimeSpan.FromMilliseconds(milliseconds) }, passes, "PushbackMax");

    [Theory]
    [InlineData(0.09, false)]
    [InlineData(0.1, true)]
    [InlineData(100, true)]
    [InlineData(100.1, false)]
    [InlineData(double.NaN, false)]
    public void Validate_BudgetPercent_HoldsItsBounds(double value, bool passes)
    {
        CheckRetry(o => o with { BudgetPercent = value }, passes, "BudgetPercent");
        CheckHedging(o => o with { BudgetPercent = value }, passes, "BudgetPercent");
    }

    [Theory]
    [InlineData(StatusCode.OK, false)]
    [InlineData(StatusCode.Cancelled, false)]
    [InlineData(StatusCode.DeadlineExceeded, false)]
    [InlineData((StatusCode)17, false)]
    [InlineData(StatusCode.ResourceExhausted, true)]
    public void Validate_GrpcStatuses_AreOnlyThoseOfTheInstance(StatusCode status, bool passes) =>
        CheckRetry(o => o with { GrpcStatuses = [StatusCode.Unavailable, status] }, passes, "GrpcStatuses");

    [Theory]
    [InlineData(200, false)]
    [InlineData(404, false)]
    [InlineData(408, true)]
    [InlineData(425, true)]
    [InlineData(429, true)]
    [InlineData(499, false)]
    [InlineData(500, true)]
    [InlineData(599, true)]
    [InlineData(600, false)]
    public void Validate_HttpStatuses_AreOnlyThoseOfTheInstance(int status, bool passes) =>
        CheckRetry(o => o with { HttpStatuses = [(HttpStatusCode)status] }, passes, "HttpStatuses");

    [Fact]
    public void Validate_StatusesNotSet_SaysSo()
    {
        CheckRetry(o => o with { GrpcStatuses = default }, false, "GrpcStatuses");
        CheckRetry(o => o with { HttpStatuses = default }, false, "HttpStatuses");
        CheckRetry(o => o with { GrpcStatuses = [], HttpStatuses = [] }, true, "");
    }

    [Theory]
    [InlineData(0.499, false)]
    [InlineData(0.5, true)]
    [InlineData(0.999, true)]
    [InlineData(0.9991, false)]
    [InlineData(double.NaN, false)]
    public void Validate_Percentile_HoldsItsBounds(double value, bool passes) => CheckHedging(o => o with { Percentile = value }, passes, "Percentile");

    [Theory]
    [InlineData(0.0999, false)]
    [InlineData(0.1, true)]
    [InlineData(10_000, true)]
    [InlineData(10_000.001, false)]
    public void Validate_DelayMin_HoldsItsBounds(double milliseconds, bool passes) => CheckHedging(
        o => o with { DelayMin = TimeSpan.FromMilliseconds(milliseconds), DelayInitial = TimeSpan.FromMinutes(1) }, passes, "DelayMin");

    [Theory]
    [InlineData(0.999, false)]
    [InlineData(1, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public void Validate_DelayInitial_HoldsItsBounds(double milliseconds, bool passes) =>
        CheckHedging(o => o with { DelayInitial = TimeSpan.FromMilliseconds(milliseconds) }, passes, "DelayInitial");

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void Validate_ExtraMax_HoldsItsBounds(int value, bool passes) => CheckHedging(o => o with { ExtraMax = value }, passes, "ExtraMax");

    [Theory]
    [InlineData(0.999, false)]
    [InlineData(1, true)]
    [InlineData(3_600_000, true)]
    [InlineData(3_600_000.001, false)]
    public void Validate_AttemptTimeout_HoldsItsBounds(double milliseconds, bool passes) =>
        Check(Defaults with { AttemptTimeout = TimeSpan.FromMilliseconds(milliseconds) }, passes, "AttemptTimeout");

    private static void CheckRetry(Func<RetryOptions, RetryOptions> change, bool passes, string field) =>
        Check(Defaults with { Retry = change(new RetryOptions()) }, passes, $"Retry.{field}");

    private static void CheckHedging(Func<HedgingOptions, HedgingOptions> change, bool passes, string field) =>
        Check(Defaults with { Hedging = change(new HedgingOptions()) }, passes, $"Hedging.{field}");

    private static void Check(BalancingOptions options, bool passes, string field)
    {
        if (passes)
        {
            BalancingOptionsValidator.Validate(options, []);
        }
        else
        {
            var e = Assert.Throws<ArgumentException>(() => BalancingOptionsValidator.Validate(options, []));
            Assert.Contains($"{field} is ", e.Message, StringComparison.Ordinal);
        }
    }
}
