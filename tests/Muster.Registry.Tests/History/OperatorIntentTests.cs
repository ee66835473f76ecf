using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Registry.Tests.History;

/// <summary>What an operator wants of an instance, against what its owner wants.</summary>
public sealed class OperatorIntentTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("muster-operator-").FullName;
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Out_OwnerAnnouncesServing_StaysOutUntilAnOperatorLetsItIn()
    {
        await using var registry = await StartAsync();
        var owner = await RegisterAsync(registry);

        Assert.Equal(Intent.Out, (await SetAsync(registry, Intent.Out)).Intent);
        Assert.Equal(Intent.Out, (await SetAsync(registry, Intent.Serving, owner.LeaseId)).Intent);
        await RegisterAsync(registry, owner.LeaseId);

        Assert.Equal(Intent.Out, await IntentAsync(registry));
        Assert.Equal(Intent.Serving, (await SetAsync(registry, Intent.Serving)).Intent);
        Assert.Equal(Intent.Serving, await IntentAsync(registry));
    }

    [Fact]
    public async Task Out_OwnerRegistersAnewAfterItsLeaseLapsed_StaysOut()
    {
        await using var registry = await StartAsync();
        await RegisterAsync(registry);
        await SetAsync(registry, Intent.Out);
        await using (var watch = new WatchReader(registry.Client))
        {
            await watch.SubscribeAsync("calculator");
            await watch.ReadProgressAsync();
            _time.Advance(TimeSpan.FromSeconds(10.1));
            await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed);
        }

        await RegisterAsync(registry);

        Assert.Equal(Intent.Out, await IntentAsync(registry));
    }

    [Fact]
    public async Task Out_RegistryRestartsAndTheOwnerRegistersAnew_StaysOut()
    {
        await using (var first = await StartAsync())
        {
            await RegisterAsync(first);
            await SetAsync(first, Intent.Out);
        }

        await using var second = await StartAsync();
        Assert.Equal(Intent.Out, await IntentAsync(second));
        _time.Advance(TimeSpan.FromSeconds(5.1));
        await RegisterAsync(second);

        Assert.Equal(Intent.Out, await IntentAsync(second));
        await SetAsync(second, Intent.Serving);
        Assert.Equal(Intent.Serving, await IntentAsync(second));
    }

    [Fact]
    public async Task In_OfAnInstanceThatItsOwnerTookOut_LeavesItOutAndSaysSo()
    {
        await using var registry = await StartAsync();
        var owner = await RegisterAsync(registry);
        await SetAsync(registry, Intent.Out, owner.LeaseId);

        Assert.Equal(Intent.Out, (await SetAsync(registry, Intent.Serving)).Intent);

        Assert.Equal(Intent.Serving, (await SetAsync(registry, Intent.Serving, owner.LeaseId)).Intent);
    }

    [Fact]
    public async Task In_OfAnInstanceThatLeft_TakesTheWishBack()
    {
        await using var registry = await StartAsync();
        var owner = await RegisterAsync(registry);
        await SetAsync(registry, Intent.Out);
        await registry.Client.UnaryAsync(RegistryMethods.Deregister,
            new DeregisterRequest { Service = "calculator", InstanceId = "a", LeaseId = owner.LeaseId });
        Assert.Equal(Intent.Out, (await ExplainAsync(registry)).Hold.Intent);

        await SetAsync(registry, Intent.Serving);
        await RegisterAsync(registry);

        Assert.Equal(Intent.Serving, await IntentAsync(registry));
        Assert.Null((await ExplainAsync(registry)).Hold);
    }

    [Fact]
    public async Task Out_OfAnInstanceNobodyHeardOf_IsNotFound()
    {
        await using var registry = await StartAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => SetAsync(registry, Intent.Out));

        Assert.Equal(StatusCode.NotFound, error.Code);
    }

    [Fact]
    public async Task Explain_HeldInstance_SaysWhoAskedAndWhen()
    {
        await using var registry = await StartAsync();
        await RegisterAsync(registry);
        await SetAsync(registry, Intent.Draining);

        var hold = (await ExplainAsync(registry)).Hold;

        Assert.Equal(Intent.Draining, hold.Intent);
        Assert.StartsWith("operator 'ann' at 127.0.0.1:", hold.By, StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeMilliseconds(), hold.AtUnixMs);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<InProcessRegistry> StartAsync() => InProcessRegistry.StartAsync(_time, dataDirectory: _directory);

    private static Task<RegisterResponse> RegisterAsync(InProcessRegistry registry, ulong lease = 0) => registry.Client.UnaryAsync(
        RegistryMethods.Register, new RegisterRequest
        {
            LeaseId = lease,
            Instance = new Instance
            {
                Service = "calculator",
                Id = "a",
                Host = "10.0.0.1",
                Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 80 } },
            },
        });

    private static Task<SetIntentResponse> SetAsync(InProcessRegistry registry, Intent intent, ulong lease = 0) => registry.Client.UnaryAsync(
        RegistryMethods.SetIntent,
        new SetIntentRequest { Service = "calculator", InstanceId = "a", Intent = intent, LeaseId = lease, Operator = lease == 0 ? "ann" : "" });

    private static async Task<Intent> IntentAsync(InProcessRegistry registry) => Assert.Single((await registry.Client.UnaryAsync(
        RegistryMethods.ListInstances, new ListInstancesRequest { Service = "calculator" })).Instances).Instance.Intent;

    private static async Task<Explanation> ExplainAsync(InProcessRegistry registry) => Assert.Single((await registry.Client.UnaryAsync(
        RegistryMethods.ExplainInstance, new ExplainInstanceRequest { InstanceId = "a" })).Explanations);
}
