using Muster.Client.Registration;
using Muster.Client.Tests.Scripted;
using Muster.Core.Model;

namespace Muster.Client.Tests.Registration;

/// <summary>Against a registry that does what the test says, over real HTTP/2, on a clock that stands still.</summary>
public sealed class RegistrationSessionTests : ClientFixture
{
    [Fact]
    public async Task Register_RegistryUp_OpensAnnouncesAndReports()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var registration = client.Register(Options("calc-1") with { Load = () => new LoadReport { CpuUtilization = 0.5 } });

        var session = await registry.NextSessionAsync();
        var open = await session.OpenAsync();
        var announced = await session.AcceptAsync();
        await registration.WaitRegisteredAsync(default).InTime();

        Assert.Equal(0ul, open.LeaseId);
        Assert.Equal("tests", open.Client);
        Assert.Equal(("calc-1", "10.0.0.1", 77ul), (announced.Instance.Id, announced.Instance.Host, announced.LeaseId));
        Assert.Equal(Protocol.V1.Health.Healthy, announced.Health);
        var report = (await session.ReadAsync()).Renew.Reports.Single();
        Assert.Equal(("calc-1", 0.5), (report.InstanceId, report.Load.CpuUtilization));
        Assert.Equal(RegistrationState.Registered, registration.State);
        Assert.Equal("10.0.0.1:5001", registration.Address);
    }
}
