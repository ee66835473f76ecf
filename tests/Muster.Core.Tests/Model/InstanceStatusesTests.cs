using Muster.Core.Model;

namespace Muster.Core.Tests.Model;

public class InstanceStatusesTests
{
    [Theory]
    [InlineData(Intent.Out, Liveness.Timeout, Health.Unhealthy, InstanceStatus.Out)]
    [InlineData(Intent.Draining, Liveness.Timeout, Health.Unhealthy, InstanceStatus.Draining)]
    [InlineData(Intent.Serving, Liveness.Timeout, Health.Unhealthy, InstanceStatus.Timeout)]
    [InlineData(Intent.Serving, Liveness.Alive, Health.Unhealthy, InstanceStatus.Unhealthy)]
    [InlineData(Intent.Serving, Liveness.Alive, Health.Degraded, InstanceStatus.Degraded)]
    [InlineData(Intent.Serving, Liveness.Alive, Health.Healthy, InstanceStatus.Healthy)]
    [InlineData(Intent.Serving, Liveness.Alive, Health.Unknown, InstanceStatus.Healthy)]
    [InlineData(Intent.Serving, Liveness.Unknown, Health.Unknown, InstanceStatus.Unknown)]
    public void Derive_IsTheFirstThatApplies(Intent intent, Liveness liveness, Health health, InstanceStatus expected) =>
        Assert.Equal(expected, InstanceStatuses.Derive(intent, liveness, health));

    [Fact]
    public void Tier_OutDrainingAndUnhealthy_AreNeverCalled() => Assert.All(
        [InstanceStatus.Out, InstanceStatus.Draining, InstanceStatus.Unhealthy], s => Assert.Null(s.Tier()));

    [Fact]
    public void Tier_TimedOut_IsTheLastResort() => Assert.True(
        InstanceStatus.Timeout.Tier() > InstanceStatus.Degraded.Tier()
        && InstanceStatus.Degraded.Tier() > InstanceStatus.Healthy.Tier());

    [Theory]
    [InlineData(Intent.Serving, Intent.Serving, Intent.Serving)]
    [InlineData(Intent.Serving, Intent.Draining, Intent.Draining)]
    [InlineData(Intent.Draining, Intent.Out, Intent.Out)]
    [InlineData(Intent.Serving, Intent.Out, Intent.Out)]
    public void Intent_OfOwnerAndOperator_IsTheStrongerWhicheverHasIt(Intent one, Intent other, Intent expected)
    {
        Assert.Equal(expected, (Records.Instance() with { OwnerIntent = one, OperatorIntent = other }).Intent);
        Assert.Equal(expected, (Records.Instance() with { OwnerIntent = other, OperatorIntent = one }).Intent);
    }
}
