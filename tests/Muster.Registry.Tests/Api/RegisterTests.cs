using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Api;

public class RegisterTests : RegistryHarness
{
    [Fact]
    public async Task Register_GoodInstance_IsListedAliveWhenTheCallReturns()
    {
        var registered = await RegisterAsync(Instance());

        var state = Assert.Single((await ListAsync()).Instances);
        Assert.Equal("a", registered.InstanceId);
        Assert.NotEqual(0ul, registered.LeaseId);
        Assert.Equal(10_000u, registered.TtlMs);
        Assert.Equal("10.0.0.1", state.Instance.Host);
        Assert.Equal(1, state.Instance.Weight);
        Assert.Equal(Liveness.Alive, state.Soft.Liveness);
    }

    [Fact]
    public async Task Register_WithoutId_GetsOne()
    {
        var registered = await RegisterAsync(Instance(id: ""));

        Assert.StartsWith("calculator-", registered.InstanceId, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, Action<Instance>> BadInstances => new()
    {
        { "service", "empty", i => i.Service = "" },
        { "service", "'Bad Name'", i => i.Service = "Bad Name" },
        { "namespace", "64 characters", i => i.Namespace = new string('n', 64) },
        { "id", "129 characters", i => i.Id = new string('x', 129) },
        { "host", "'no host'", i => i.Host = "no host" },
        { "host", "'10.0.0.1:80'", i => i.Host = "10.0.0.1:80" },
        { "endpoints", "0 entries", i => i.Endpoints.Clear() },
        { "endpoints[0].port", "0", i => i.Endpoints[0].Port = 0 },
        { "endpoints[0].port", "65536", i => i.Endpoints[0].Port = 65536 },
        { "endpoints[0].scheme", "'ftp'", i => i.Endpoints[0].Scheme = "ftp" },
        { "weight", "0", i => i.Weight = 0 },
        { "weight", "-1", i => i.Weight = -1 },
        { "weight", "10001", i => i.Weight = 10_001 },
        { "zone", "'Zone A'", i => i.Zone = "Zone A" },
        { "metadata['k']", "1025 bytes", i => i.Metadata.Add("k", new string('v', 1025)) },
    };

    [Theory]
    [MemberData(nameof(BadInstances))]
    public async Task Register_BadField_IsRefusedByNameValueAndBoundAndChangesNothing(string field, string value, Action<Instance> spoil)
    {
        var instance = Instance();
        spoil(instance);

        var error = await FailsAsync(StatusCode.InvalidArgument, RegisterAsync(instance));

        Assert.StartsWith($"{field} is {value}: ", error.Status.Detail, StringComparison.Ordinal);
        Assert.False((await ListAsync()).ServiceKnown);
    }

    [Theory]
    [InlineData(999u)]
    [InlineData(600_001u)]
    public async Task Register_TtlOutOfBounds_IsRefused(uint ttl)
    {
        var error = await FailsAsync(StatusCode.InvalidArgument, RegisterAsync(Instance(), ttlMs: ttl));

        Assert.StartsWith($"ttl_ms is {ttl}: 1000 to 600000", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_WithoutInstance_IsRefused()
    {
        var error = await FailsAsync(StatusCode.InvalidArgument, Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest()));

        Assert.Equal("instance is absent: it is required.", error.Status.Detail);
    }

    [Fact]
    public async Task Register_UnknownLease_IsNotFound()
    {
        var error = await FailsAsync(StatusCode.NotFound, RegisterAsync(Instance(), lease: 12345));

        Assert.Contains("lease_id is 12345", error.Status.Detail, StringComparison.Ordinal);
        Assert.False((await ListAsync()).ServiceKnown);
    }

    [Fact]
    public async Task Register_AddressOfALivingInstance_NamesTheHolderAndMyAddr()
    {
        await RegisterAsync(Instance("holder"));

        var error = await FailsAsync(StatusCode.AlreadyExists, RegisterAsync(Instance("other")));

        Assert.Contains("'holder'", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("MY_ADDR", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("holder", Assert.Single((await ListAsync()).Instances).Instance.Id);
    }

    [Fact]
    public async Task Register_AddressOfATimedOutInstance_TakesItOver()
    {
        await RegisterAsync(Instance("holder"));
        Time.Advance(TimeSpan.FromSeconds(5.1));

        await RegisterAsync(Instance("other"));

        Assert.Equal("other", Assert.Single((await ListAsync()).Instances).Instance.Id);
    }

    [Fact]
    public async Task Register_AgainUnderItsOwnLease_ReplacesTheRecord()
    {
        var first = await RegisterAsync(Instance("a", 80));
        var moved = Instance("a", 81);
        moved.Weight = 7;

        await RegisterAsync(moved, first.LeaseId);

        var state = Assert.Single((await ListAsync()).Instances);
        Assert.Equal(81, state.Instance.Endpoints[0].Port);
        Assert.Equal(7, state.Instance.Weight);
    }

    [Fact]
    public async Task Register_IdOfALivingInstance_IsRefused()
    {
        await RegisterAsync(Instance("a", 80));

        await FailsAsync(StatusCode.AlreadyExists, RegisterAsync(Instance("a", 81)));

        Assert.Equal(80, Assert.Single((await ListAsync()).Instances).Instance.Endpoints[0].Port);
    }

    [Fact]
    public async Task Register_SameAddressFrom32CallersAtOnce_OneHoldsIt()
    {
        var calls = Enumerable.Range(0, 32).Select(i => RegisterAsync(Instance($"caller-{i}"))).ToList();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        var winner = Assert.Single(calls, c => c.IsCompletedSuccessfully);
        Assert.Equal((await winner).InstanceId, Assert.Single((await ListAsync()).Instances).Instance.Id);
    }

    [Fact]
    public async Task Register_FromManyCallersAtOnce_ListsThemAll()
    {
        await Task.WhenAll(Enumerable.Range(1, 500).Select(i => RegisterAsync(Instance($"i{i}", i))));

        Assert.Equal(500, (await ListAsync()).Instances.Count);
    }
}
