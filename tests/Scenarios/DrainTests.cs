using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Scenarios;

public class DrainTests
{
    [Fact]
    public async Task Stop_WithACallUnderWay_LetsItEndAndIsGoneAfterwards()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var provider = await ProviderApp.StartAsync(registry.Address, "a");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        provider.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = caller.CallAsync();
        // Else the drain may find no call to wait for, and be over before anybody sees it.
        await provider.Arrived;

        var stopping = provider.StopAsync();
        await caller.StatusAsync("a", InstanceStatus.Draining);
        Assert.False(stopping.IsCompleted);
        provider.Gate.SetResult();

        Assert.Equal("a", await call);
        await caller.GoneAsync("a");
        await stopping;
    }

    [Fact]
    public async Task Stop_UnderLoad_FailsNoCall()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var stopped = await ProviderApp.StartAsync(registry.Address, "a");
        await using var other = await ProviderApp.StartAsync(registry.Address, "b");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        await caller.StatusAsync("b", InstanceStatus.Healthy);
        using var end = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var calls = 0;
            for (; !end.IsCancellationRequested; calls++)
            {
                await caller.CallAsync();
            }

            return calls;
        })).ToList();

        await stopped.StopAsync();
        await caller.GoneAsync("a");
        await end.CancelAsync();

        // A call that failed would have thrown out of its loop.
        Assert.All(await Task.WhenAll(callers), calls => Assert.True(calls > 0));
    }
}
