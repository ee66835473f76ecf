using Muster.Client.Registration;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;
using Intent = Muster.Protocol.V1.Intent;

namespace Muster.Scenarios;

/// <summary>An operator's word, as the provider and the callers live through it.</summary>
public class OperatorTests
{
    [Fact]
    public async Task Drain_WhenItReturns_NoCallerPicksTheInstanceAnyMore()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var drained = await ProviderApp.StartAsync(registry.Address, "a");
        await using var other = await ProviderApp.StartAsync(registry.Address, "b");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        await caller.StatusAsync("b", InstanceStatus.Healthy);

        var drain = (await SetAsync(registry, "a", Intent.Draining, awaitMs: 5000)).Drain;

        Assert.Equal((1, 0), (drain.Acknowledged, drain.LaggardsCount));
        Assert.Equal(["b"], (await caller.PicksOfAsync(6)).Distinct());
        await SetAsync(registry, "a", Intent.Serving);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
    }

    [Fact]
    public async Task Drain_CallerWhoseHandlerHangs_IsNamed()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var drained = await ProviderApp.StartAsync(registry.Address, "a");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        using var gate = new ManualResetEventSlim();
        caller.Changed += _ => gate.Wait();

        var drain = (await SetAsync(registry, "a", Intent.Draining, awaitMs: 200)).Drain;
        gate.Set();

        // Its pickers may be swapped or not: it has not said so.
        Assert.Equal(DrainSilence.Silent, Assert.Single(drain.Laggards).Why);
    }

    [Fact]
    public async Task Out_OwnerSaysServing_CallersStillLeaveItOut()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var held = await ProviderApp.StartAsync(registry.Address, "a");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        await SetAsync(registry, "a", Intent.Out);

        await held.Registration.SetIntentAsync(Core.Model.Intent.Out, default);
        await held.Registration.SetIntentAsync(Core.Model.Intent.Serving, default);

        await caller.StatusAsync("a", InstanceStatus.Out);
        Assert.Equal(Core.Model.Intent.Serving, held.Registration.Intent);
    }

    [Fact]
    public async Task Remove_ProviderHearsIt_SaysSoAndStaysAway()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var removed = await ProviderApp.StartAsync(registry.Address, "a");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        var final = new TaskCompletionSource<RegistrationState>(TaskCreationOptions.RunContinuationsAsynchronously);
        removed.Registration.StateChanged += state =>
        {
            // A caller may see the instance before its provider hears that it is registered.
            if (state != RegistrationState.Registered)
            {
                final.TrySetResult(state);
            }
        };

        await registry.Client.UnaryAsync(
            RegistryMethods.Remove, new RemoveRequest { Service = "greeter", InstanceId = "a", Reason = "bad build" });

        Assert.Equal(RegistrationState.RemovedByOperator, await final.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("bad build", removed.Registration.LastError, StringComparison.Ordinal);
        await caller.GoneAsync("a");
    }

    private static Task<SetIntentResponse> SetAsync(InProcessRegistry registry, string id, Intent intent, uint awaitMs = 0) =>
        registry.Client.UnaryAsync(RegistryMethods.SetIntent, new SetIntentRequest
        {
            Service = "greeter", InstanceId = id, Intent = intent, AwaitWatchersMs = awaitMs,
        });
}
