using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;

namespace Muster.Client.Tests.Http;

public sealed class HandlerErrorTests
{
    [Fact]
    public async Task Send_RegistryHasNotAnswered_SaysSo()
    {
        await using var fixture = new HandlerFixture();
        fixture.Directory.SinceLastContact = null;
        fixture.Directory.BecomeStale();
        using var client = fixture.Client();
        var call = client.GetStringAsync("/");
        await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromSeconds(5));
        fixture.Clock.Advance(TimeSpan.FromSeconds(5));
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => call);
        Assert.Equal(ServiceCallError.RegistrySilent, e.Error);
        Assert.Equal(
            "Service 'calculator' cannot be looked up: the registry has not answered within 5 s (registry never heard, what is known of it is stale). See docs/problems/registry-silent.md",
            e.Message);
    }

    [Fact]
    public async Task Send_RegistryHasNotAnsweredAndNoPatience_FailsAtOnce()
    {
        await using var fixture = new HandlerFixture();
        using var client = fixture.Client(fixture.Options with { DiscoveryTimeout = TimeSpan.Zero });
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("/"));
        Assert.Equal(ServiceCallError.RegistrySilent, e.Error);
    }

    [Fact]
    public async Task Send_ServiceUnknown_SaysSo()
    {
        await using var fixture = new HandlerFixture();
        fixture.Watch.ShowUnknown();
        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.ServiceUnknown, e.Error);
        Assert.Equal(ServiceKey.Default("calculator"), e.Service);
        Assert.Equal(
            "Service 'calculator' is unknown to the registry: nobody has registered it (registry last heard 2 s ago). See docs/problems/service-unknown.md",
            e.Message);
    }

    [Fact]
    public async Task Send_NoInstances_SaysSo()
    {
        await using var fixture = new HandlerFixture();
        fixture.Watch.Show();
        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.NoInstances, e.Error);
        Assert.Equal("Service 'calculator' is known, but has no instances (registry last heard 2 s ago). See docs/problems/no-instances.md",
            e.Message);
    }

    [Fact]
    public async Task Send_NoneEligible_CountsThemByStatus()
    {
        await using var fixture = new HandlerFixture(
            Instances.At(1, "a", Intent.Out), Instances.At(1, "b", Intent.Draining), Instances.At(1, "c", Intent.Draining),
            Instances.At(1, "d", health: Health.Unhealthy));
        fixture.Directory.BecomeStale();
        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.NoneEligible, e.Error);
        Assert.Equal(
            "None of the 4 instances of service 'calculator' can be called: 1 OUT, 2 DRAINING, 1 UNHEALTHY (registry last heard 2 s ago, what is known of it is stale). See docs/problems/none-eligible.md",
            e.Message);
    }

    [Fact]
    public async Task Send_NoneEligibleOfWhatWasKeptOnDisk_SaysSo()
    {
        await using var fixture = new HandlerFixture();
        fixture.Directory.SinceLastContact = null;
        fixture.Directory.BecomeStale();
        fixture.Watch.ShowKept(TimeSpan.FromMinutes(90), Instances.At(1, "a", Intent.Out));

        var e = await FailsAsync(fixture);

        Assert.EndsWith(
            "(registry never heard, what is known of it is stale: read from disk, where it was kept 5400 s before this program asked). See docs/problems/all-draining.md",
            e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AllDraining_SaysSo()
    {
        await using var fixture = new HandlerFixture(Instances.At(1, "a", Intent.Draining), Instances.At(1, "b", Intent.Out));
        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.AllDraining, e.Error);
        Assert.Equal(
            "None of the 2 instances of service 'calculator' can be called: 1 OUT, 1 DRAINING (registry last heard 2 s ago). See docs/problems/all-draining.md",
            e.Message);
    }

    [Fact]
    public async Task Send_AllEjectedAndNoPanic_SaysSo()
    {
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1, Ejection = new EjectionOptions { PanicThreshold = 0 } },
            Instances.At(1, "a"), Instances.At(2, "b"));
        foreach (var member in fixture.Fleet.Roster.Members)
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.True(member.TryBegin());
                fixture.Fleet.OnEnded(member, AttemptResult.Failure, fixture.Clock.Now(), fixture.Clock.Now(), isTimed: false);
            }
        }

        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.AllEjected, e.Error);
        Assert.Equal(
            "None of the 2 instances of service 'calculator' can be called: 2 HEALTHY; 2 set aside by their circuit breaker (registry last heard 2 s ago). See docs/problems/all-ejected.md",
            e.Message);
    }

    [Fact]
    public async Task Send_AllAsBusyAsIsAllowed_SaysSo()
    {
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1, Ejection = new EjectionOptions { InFlightMax = 1 } },
            Instances.At(1, "a"), Instances.At(2, "b"));
        Assert.All(fixture.Fleet.Roster.Members, m => Assert.True(m.TryBegin()));
        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.AllBusy, e.Error);
        Assert.Equal(
            "None of the 2 instances of service 'calculator' can be called: 2 HEALTHY; 2 have as many calls in flight as is allowed (registry last heard 2 s ago). See docs/problems/all-busy.md",
            e.Message);
    }

    [Fact]
    public async Task Send_NoneMatches_SaysWhatWasAskedFor()
    {
        await using var fixture = new HandlerFixture(Instances.At(1, "a"), Instances.At(1, "b", Intent.Out));
        var e = await FailsAsync(fixture, fixture.Options with { EndpointName = "grpc", Selector = "version=2" });
        Assert.Equal(ServiceCallError.NoneEligible, e.Error);
        Assert.Contains(
            "1 OUT, 1 HEALTHY; 1 do not offer an endpoint 'grpc' with http and match 'version=2'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_OtherScheme_IsNotSentInClear()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(backend.View);
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://calculator/");
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => invoker.SendAsync(request, default));
        Assert.Equal(ServiceCallError.NoneEligible, e.Error);
        Assert.Contains("https at their default endpoint", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, backend.ConnectionsMade);
    }

    [Fact]
    public async Task Send_AllRefuse_NamesEachWithItsError()
    {
        using var a = new ClosedPort("a");
        using var b = new ClosedPort("b");
        await using var fixture = new HandlerFixture(a.View, b.View, Instances.At(1, "c", Intent.Out));
        var e = await FailsAsync(fixture);
        Assert.Equal(ServiceCallError.AllFailed, e.Error);
        Assert.Equal(HttpRequestError.ConnectionError, e.HttpRequestError);
        Assert.StartsWith("Service 'calculator' did not answer: 2 of its 3 instances tried, all failed: ", e.Message, StringComparison.Ordinal);
        Assert.Contains($"a at 127.0.0.1:{a.Port}: Connection refused", e.Message, StringComparison.Ordinal);
        Assert.Contains($"b at 127.0.0.1:{b.Port}: Connection refused", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "No further one was tried: there is no other instance (registry last heard 2 s ago). See docs/problems/call-failed.md", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_HostIsNoServiceName_SaysSo()
    {
        await using var fixture = new HandlerFixture();
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://[::1]:80/");
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => invoker.SendAsync(request, default));
        Assert.Equal(ServiceCallError.ServiceUnknown, e.Error);
        Assert.Contains("names no service", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_RelativeUri_SaysWhatIsNeeded()
    {
        await using var fixture = new HandlerFixture();
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/add");
        await Assert.ThrowsAsync<InvalidOperationException>(() => invoker.SendAsync(request, default));
    }

    [Fact]
    public async Task Send_FactoryDisposed_IsMisuse()
    {
        await using var fixture = new HandlerFixture();
        using var client = fixture.Client();
        await fixture.Factory.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetStringAsync("/"));
    }

    [Fact]
    public async Task GrpcCall_NothingToPick_IsUnavailableWithTheSentence()
    {
        await using var fixture = new HandlerFixture();
        fixture.Watch.ShowUnknown();
        var client = new GrpcClient(
            fixture.Invoker(), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        var e = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(RegistryMethods.ListServices, new Protocol.V1.ListServicesRequest()));
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.Contains("Service 'calculator' is unknown to the registry", e.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<ServiceCallException> FailsAsync(HandlerFixture fixture, BalancingOptions? options = null)
    {
        using var client = fixture.Client(options);
        return await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("/"));
    }
}
