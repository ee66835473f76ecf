using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Api;

public class ListTests : RegistryHarness
{
    [Fact]
    public async Task ListInstances_Selector_ChoosesByMetadata()
    {
        var canary = Instance("canary", 81);
        canary.Metadata.Add("version", "2");
        await RegisterAsync(Instance("stable", 80));
        await RegisterAsync(canary);

        Assert.Equal("canary", Assert.Single((await ListAsync(selector: "version=2")).Instances).Instance.Id);
        Assert.Empty((await ListAsync(selector: "version=3")).Instances);
        await FailsAsync(StatusCode.InvalidArgument, ListAsync(selector: "version"));
    }

    [Fact]
    public async Task ListInstances_UnknownAndEmptyService_AreDifferentAnswers()
    {
        var registered = await RegisterAsync(Instance());
        await Client.UnaryAsync(RegistryMethods.Deregister,
            new DeregisterRequest { Service = "calculator", InstanceId = "a", LeaseId = registered.LeaseId });

        Assert.True((await ListAsync()).ServiceKnown);
        Assert.False((await ListAsync("nowhere")).ServiceKnown);
    }

    [Fact]
    public async Task ListServices_CountsInstancesAndHealthyOnes()
    {
        await RegisterAsync(Instance("a", 80));
        Time.Advance(TimeSpan.FromSeconds(6));
        await RegisterAsync(Instance("b", 81));
        var elsewhere = Instance("c", 82, "echo");
        elsewhere.Namespace = "staging";
        await RegisterAsync(elsewhere);

        var byDefault = await ListServicesAsync("");
        var all = await ListServicesAsync("*");

        var calculator = Assert.Single(byDefault.Services);
        Assert.Equal((2, 1), (calculator.Instances, calculator.Healthy));
        Assert.Equal(["calculator", "echo"], all.Services.Select(s => s.Service));
    }

    [Fact]
    public async Task ListServices_RevisionThatNeverComes_IsUnavailableAfterTheWait()
    {
        var call = Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest { MinRevision = 1_000_000 });
        await Time.TimerArmedAsync(due => due == Core.Limits.RevisionWaitMax);

        Time.Advance(Core.Limits.RevisionWaitMax);

        await FailsAsync(StatusCode.Unavailable, call);
    }

    [Fact]
    public async Task Health_OverHttp_IsOk()
    {
        using var http = new HttpClient { BaseAddress = Registry.HttpAddress };

        Assert.Equal("ok\n", await http.GetStringAsync(new Uri("/healthz", UriKind.Relative)));
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri("/readyz", UriKind.Relative)));
    }

    [Fact]
    public async Task StandardTools_HealthAndReflection_KnowTheRegistry()
    {
        Assert.Equal(HealthStatus.Serving, await new HealthClient(Client).CheckAsync("muster.v1.Registry"));
        Assert.Contains("muster.v1.Registry", await new ReflectionClient(Client).ListServicesAsync());
    }

    private Task<ListServicesResponse> ListServicesAsync(string serviceNamespace) =>
        Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest { Namespace = serviceNamespace });
}
