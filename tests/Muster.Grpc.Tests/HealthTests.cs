using Muster.Grpc.AspNetCore;

namespace Muster.Grpc.Tests;

/// <summary>The standard health service.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task Check_EachState_IsAsSet()
    {
        var health = new HealthService();
        await using var server = await EchoServer.StartAsync(configure: app => app.MapGrpcService(health));
        var client = new HealthClient(server.Client);
        Assert.Equal(HealthStatus.Serving, await client.CheckAsync());
        Assert.Equal(HealthStatus.ServiceUnknown, await client.CheckAsync("a.Service"));
        health.Set("a.Service", HealthStatus.NotServing);
        Assert.Equal(HealthStatus.NotServing, await client.CheckAsync("a.Service"));
        health.SetAll(HealthStatus.Serving);
        Assert.Equal(HealthStatus.Serving, await client.CheckAsync("a.Service"));
        health.Remove("a.Service");
        Assert.Equal(HealthStatus.ServiceUnknown, await client.CheckAsync("a.Service"));
    }

    [Fact]
    public async Task Watch_EachChange_IsSent()
    {
        var health = new HealthService();
        await using var server = await EchoServer.StartAsync(configure: app => app.MapGrpcService(health));
        await using var states = new HealthClient(server.Client).WatchAsync("a.Service").GetAsyncEnumerator();
        Assert.Equal(HealthStatus.ServiceUnknown, await NextAsync());
        health.Set("a.Service", HealthStatus.Serving);
        Assert.Equal(HealthStatus.Serving, await NextAsync());
        health.Set("another.Service", HealthStatus.Serving);
        health.Set("a.Service", HealthStatus.NotServing);
        Assert.Equal(HealthStatus.NotServing, await NextAsync());
        health.Remove("a.Service");
        Assert.Equal(HealthStatus.ServiceUnknown, await NextAsync());

        async Task<HealthStatus> NextAsync()
        {
            Assert.True(await states.MoveNextAsync().Soon());
            return states.Current;
        }
    }

    [Fact]
    public async Task Watch_ServerStops_EndsWithUnavailable()
    {
        await using var server = await EchoServer.StartAsync(configure: app => app.MapGrpcService(new HealthService()));
        await using var states = new HealthClient(server.Client).WatchAsync().GetAsyncEnumerator();
        Assert.True(await states.MoveNextAsync().Soon());
        var next = states.MoveNextAsync();
        await server.StopAsync().Soon();
        Assert.Equal(StatusCode.Unavailable, (await Waits.RpcFailureAsync(() => next.AsTask())).Code);
    }

    [Theory]
    [InlineData(HealthStatus.ServiceUnknown)]
    [InlineData((HealthStatus)(-1))]
    public void Set_StateThatIsNotOne_Throws(HealthStatus status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HealthService().Set("", status));
}
