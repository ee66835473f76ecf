using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.AspNetCore;
using Muster.AspNetCore.Connections;
using Muster.Core;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>Connections to a real server, whose time is moved by hand.</summary>
public sealed class ConnectionAgingTests
{
    private static readonly Uri s_root = new("/", UriKind.Relative);
    private static readonly TimeSpan s_age = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_oldest = s_age * (1 + ConnectionAges.Jitter);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(30);
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Http1_PastItsAge_ClosesWithTheNextResponse()
    {
        await using var app = await StartAsync(a => a.MapGet("/", () => "ok"));
        PassFirstAges();
        using var young = await app.Http.GetAsync(s_root);
        using var still = await app.Http.GetAsync(s_root);
        Assert.Equal((false, false, 1), (young.Headers.ConnectionClose == true, still.Headers.ConnectionClose == true, app.ConnectionsMade));
        _clock.Advance(s_oldest);

        using var last = await app.Http.GetAsync(s_root);
        Assert.Equal("ok", await last.Content.ReadAsStringAsync());
        await app.ConnectionsEndedAsync;
        using var next = await app.Http.GetAsync(s_root);

        Assert.Equal((true, false, 2), (last.Headers.ConnectionClose == true, next.Headers.ConnectionClose == true, app.ConnectionsMade));
    }

    [Fact]
    public async Task Http1_ResponseUnderWayAtItsAge_IsNeverCut()
    {
        var release = new TaskCompletionSource();
        await using var app = await StartAsync(a => a.Run(async context =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await release.Task;
            await context.Response.WriteAsync(" ended");
        }));
        using var response = await app.Http.GetAsync(s_root, HttpCompletionOption.ResponseHeadersRead);
        _clock.Advance(s_oldest + s_grace + s_age);
        release.SetResult();

        Assert.Equal("begun ended", await response.Content.ReadAsStringAsync().InTime());
    }

    [Fact]
    public async Task Http2_PastItsAge_ServesOneMoreAndGoes()
    {
        await using var app = await StartAsync(a => a.MapGet("/", () => "ok"), HttpProtocols.Http2);
        PassFirstAges();
        Assert.Equal("ok", await app.Http.GetStringAsync(s_root));
        _clock.Advance(s_oldest);

        // Idle until now, so it was let be: a request that had been on its way would have been lost.
        Assert.Equal(1, app.Get<OpenConnections>().Count);
        Assert.Equal("ok", await app.Http.GetStringAsync(s_root));
        await app.ConnectionsEndedAsync;
        Assert.Equal(0, app.Get<OpenConnections>().Count);
        Assert.Equal("ok", await app.Http.GetStringAsync(s_root));

        Assert.Equal(2, app.ConnectionsMade);
    }

    [Fact]
    public async Task Http2_CallUnderWayAtItsAge_EndsWithinTheGrace()
    {
        var lists = new Lists();
        await using var app = await StartAsync(a => a.MapGrpcService(lists), HttpProtocols.Http2);
        PassFirstAges();
        var call = app.Grpc().UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        await lists.Entered.Task.InTime();
        _clock.Advance(await _clock.TimerArmedAsync(d => d > s_grace).InTime());
        await _clock.TimerArmedAsync(d => d == s_grace).InTime();
        _clock.Advance(s_grace - TimeSpan.FromTicks(1));
        lists.Release.SetResult();

        await call.InTime();
        await app.ConnectionsEndedAsync;
        Assert.Equal(1, app.ConnectionsMade);
    }

    [Fact]
    public async Task Http2_CallOutlastsTheGrace_IsCut()
    {
        var lists = new Lists();
        await using var app = await StartAsync(a => a.MapGrpcService(lists), HttpProtocols.Http2);
        PassFirstAges();
        var call = app.Grpc().UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        await lists.Entered.Task.InTime();
        _clock.Advance(await _clock.TimerArmedAsync(d => d > s_grace).InTime());
        await _clock.TimerArmedAsync(d => d == s_grace).InTime();
        Assert.False(call.IsCompleted);
        _clock.Advance(s_grace);

        await Assert.ThrowsAsync<RpcException>(() => call.InTime());
        lists.Release.SetResult();
        await app.ConnectionsEndedAsync;
    }

    [Fact]
    public async Task Http2_NoGrace_IsNeverCut()
    {
        var lists = new Lists();
        await using var app = await StartAsync(
            a => a.MapGrpcService(lists), HttpProtocols.Http2, o => o with { Grace = null });
        var call = app.Grpc().UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        await lists.Entered.Task.InTime();
        _clock.Advance(s_oldest);
        Assert.Equal(0, _clock.ArmedTimersCount);
        _clock.Advance(TimeSpan.FromDays(1));
        lists.Release.SetResult();

        await call.InTime();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task UnderLoad_ConnectionsAge_NoCallFails(HttpProtocols protocols)
    {
        await using var app = await StartAsync(
            a =>
            {
                a.MapGet("/", () => "ok");
                a.MapGrpcService(new Lists());
            },
            protocols,
            o => o with { Grace = Limits.ConnectionGraceMax });
        var grpc = app.Grpc();
        using var load = new Load(protocols == HttpProtocols.Http2 ? CallAsync : GetAsync, callers: 8);
        // Time jumps further than calls get on meanwhile, so the grace has to be longer than the jump.
        for (var generation = 0; generation < 25; generation++)
        {
            await load.CallsAsync(200);
            _clock.Advance(s_oldest);
        }

        await load.CallsAsync(200);
        Assert.Empty(await load.StopAsync());
        Assert.InRange(app.ConnectionsMade, 20, int.MaxValue);

        Task CallAsync(Random random) => grpc.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest());

        async Task GetAsync(Random random) => await app.Http.GetStringAsync(s_root);
    }

    private Task<ServedApp> StartAsync(
        Action<WebApplication> map, HttpProtocols protocols = HttpProtocols.Http1,
        Func<MusterConnectionAgingOptions, MusterConnectionAgingOptions>? configure = null) =>
        ServedApp.StartAsync(s => s.AddMusterConnectionAging(configure), map, protocols, _clock);

    /// <summary>In the first such time after the start an age may be anything, nothing included.</summary>
    private void PassFirstAges() => _clock.Advance(s_age);

    private sealed class Lists : IGrpcService
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Bind(GrpcServiceBinder binder)
        {
            binder.Unary(RegistryMethods.KeepAlive, (_, _) => Task.FromResult(new KeepAliveResponse()));
            binder.Unary(RegistryMethods.ListServices, async (_, _) =>
            {
                Entered.TrySetResult();
                await Release.Task;
                return new ListServicesResponse();
            });
        }
    }
}
