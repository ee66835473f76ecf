using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;
using Muster.Client.Connection;
using Muster.Client.Registration;
using Muster.Client.Tests.Registration;
using Muster.Client.Tests.Scripted;
using Muster.Protocol.V1;
using Muster.Testing;
using Kind = Muster.Protocol.V1.SessionRequest.RequestOneofCase;
using SessionScript = Muster.Client.Tests.Scripted.ScriptedStream<Muster.Protocol.V1.SessionRequest, Muster.Protocol.V1.SessionResponse>;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>From start to stop, step by step, on a clock that stands still.</summary>
public sealed class RegistrationLifecycleTests
{
    private static readonly Uri s_root = new("/", UriKind.Relative);
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Start_RegistryAway_AppServesAndAnnouncesLater()
    {
        var gone = await ScriptedRegistry.StartAsync();
        await gone.DisposeAsync();
        await using var app = await StartAsync(gone.Address);
        using var http = new HttpClient { BaseAddress = app.Address() };
        Assert.Equal("ok", await http.GetStringAsync(s_root));

        await using var registry = await ScriptedRegistry.StartAsync(gone.Port);
        _clock.Advance(await _clock.TimerArmedAsync(d => d <= Backoff.DelayMax).InTime());
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();

        await app.Registrations().All.Single().WaitRegisteredAsync(CancellationToken.None).InTime();
        await StopAsync(app);
    }

    [Fact]
    public async Task Stop_RegistryAway_EndsAfterTwoSeconds()
    {
        var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry.Address);
        await AnnounceAsync(registry, app);
        var states = new States(app.Registrations().All.Single());
        await registry.DisposeAsync();
        await states.NextAsync(RegistrationState.Pending);

        var stopping = app.StopAsync();
        await _clock.TimerArmedAsync(d => d == Drain.RegistryTimeout).InTime();
        Assert.False(stopping.IsCompleted);
        _clock.Advance(Drain.RegistryTimeout);

        await stopping.InTime();
        await app.DisposeAsync().AsTask().InTime();
    }

    [Fact]
    public async Task Stop_RegistryFreezes_EndsAfterTwoSecondsTwice()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry.Address);
        await AnnounceAsync(registry, app);

        var stopping = app.StopAsync();
        await _clock.TimerArmedAsync(d => d == Drain.RegistryTimeout).InTime();
        _clock.Advance(Drain.RegistryTimeout);
        await _clock.TimerArmedAsync(d => d == Drain.RegistryTimeout).InTime();
        _clock.Advance(Drain.RegistryTimeout);

        await stopping.InTime();
        await app.DisposeAsync().AsTask().InTime();
    }

    [Fact]
    public async Task Stop_CallsRun_DrainsInOrder()
    {
        var release = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry.Address, async context =>
        {
            entered.TrySetResult();
            await release.Task;
            await context.Response.WriteAsync("done");
        });
        var session = await AnnounceAsync(registry, app);
        using var http = new HttpClient { BaseAddress = app.Address() };
        var call = http.GetStringAsync(s_root);
        await entered.Task.InTime();

        // First the announcement. Until it is acknowledged new calls may still come, and are served.
        var stopping = app.StopAsync();
        var draining = await session.NextAsync(Kind.SetIntent).InTime();
        Assert.Equal(Protocol.V1.Intent.Draining, draining.SetIntent.Intent);
        await session.SendAsync(new SessionResponse { RequestId = draining.RequestId, IntentSet = new SetIntentResponse() });

        // Then the running call, however long it takes within the bound.
        await _clock.TimerArmedAsync(d => d == TimeSpan.FromSeconds(10)).InTime();
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.False(stopping.IsCompleted);
        release.SetResult();
        Assert.Equal("done", await call.InTime());

        // Then the deregistration, and only then the server's end: until its answer it still serves.
        var gone = await session.NextAsync(Kind.Deregister).InTime();
        Assert.Equal("done", await http.GetStringAsync(s_root).InTime());
        await session.SendAsync(new SessionResponse { RequestId = gone.RequestId, Deregistered = new DeregisterResponse() });
        await stopping.InTime();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(s_root));
    }

    [Fact]
    public async Task Stop_CallThatNeverEnds_IsCutShortAtTheBound()
    {
        var entered = new TaskCompletionSource();
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(
            registry.Address,
            async context =>
            {
                entered.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            },
            o => o with { DrainTimeout = TimeSpan.FromSeconds(4) });
        var session = await AnnounceAsync(registry, app);
        using var http = new HttpClient { BaseAddress = app.Address() };
        using var hangUp = new CancellationTokenSource();
        var call = http.GetStringAsync(s_root, hangUp.Token);
        await entered.Task.InTime();
        var stopping = app.StopAsync();
        var draining = await session.NextAsync(Kind.SetIntent).InTime();
        await session.SendAsync(new SessionResponse { RequestId = draining.RequestId, IntentSet = new SetIntentResponse() });
        await _clock.TimerArmedAsync(d => d == TimeSpan.FromSeconds(4)).InTime();
        _clock.Advance(TimeSpan.FromSeconds(4));

        var gone = await session.NextAsync(Kind.Deregister).InTime();
        await session.SendAsync(new SessionResponse { RequestId = gone.RequestId, Deregistered = new DeregisterResponse() });
        await hangUp.CancelAsync();
        await stopping.InTime();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task DrainRequested_ServesOnAndLeavesTheWishToTheOperator()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry.Address);
        var session = await AnnounceAsync(registry, app);
        var registration = app.Registrations().All.Single();
        var heard = new TaskCompletionSource();
        registration.DrainRequested += heard.SetResult;

        await session.SendAsync(new SessionResponse { DrainRequested = new DrainRequested { InstanceId = registration.InstanceId } });

        await heard.Task.InTime();
        // A wish of its own would outlast the operator's: nobody could let it in again.
        Assert.Equal(Core.Model.Intent.Serving, registration.Intent);
        using var http = new HttpClient { BaseAddress = app.Address() };
        Assert.Equal("ok", await http.GetStringAsync(s_root));
        await StopAsync(app);
    }

    [Theory]
    [InlineData("calc.example", "calc.example", null)]
    [InlineData("calc.example:443", "calc.example", 443)]
    [InlineData("[2001:db8::5]:443", "2001:db8::5", 443)]
    public async Task Address_Given_ReplacesHostAndPort(string address, string host, int? port)
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry.Address, configure: o => o with { Address = address });
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();

        var instance = (await session.AcceptAsync()).Instance;

        Assert.Equal((host, port ?? app.Address().Port), (instance.Host, instance.Endpoints.Single().Port));
        await StopAsync(app);
    }

    [Fact]
    public async Task Address_IsNone_StopsTheStartWithItsName()
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartAsync("127.0.0.1:1", configure: o => o with { Address = "not an address" }));

        Assert.Contains("MY_ADDR", e.Message, StringComparison.Ordinal);
        Assert.Contains("not an address", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BoundToAll_RegistryBeyondLoopback_AdvertisesTheMachine()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.ListenAnyIP(0));
        builder.Services.AddMuster(o => o with { Registry = registry.Address, TimeProvider = _clock });
        builder.Services.AddMusterRegistration("calculator").AddMusterRegistration("echo");
        await using var app = builder.Build();
        await app.StartAsync();
        var session = await registry.NextSessionAsync();
        await session.OpenAsync(listensBeyondLoopback: true);

        var first = (await session.AcceptAsync()).Instance;
        var second = (await session.AcceptAsync()).Instance;

        Assert.Equal(AddressDetection.OfDefaultRoute() ?? IPAddress.Loopback, IPAddress.Parse(first.Host));
        Assert.Equal(["calculator", "echo"], new[] { first.Service, second.Service }.Order());
        Assert.Equal(2, (await app.Registrations().StartedAsync(CancellationToken.None)).Count);
        await StopAsync(app);
    }

    private Task<WebApplication> StartAsync(
        string registry, RequestDelegate? handler = null, Func<MusterRegistrationOptions, MusterRegistrationOptions>? configure = null) =>
        AppFixture.StartAsync(
            registry, app => app.Run(handler ?? (context => context.Response.WriteAsync("ok"))), configure: configure, clock: _clock);

    private static async Task<SessionScript> AnnounceAsync(ScriptedRegistry registry, WebApplication app)
    {
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();
        await app.Registrations().All.Single().WaitRegisteredAsync(CancellationToken.None).InTime();
        return session;
    }

    /// <summary>Stops an app whose registry says nothing: its patience is spent on the clock.</summary>
    private async Task StopAsync(WebApplication app)
    {
        var stopping = app.StopAsync();
        while (!stopping.IsCompleted)
        {
            await Task.WhenAny(stopping, _clock.TimerArmedAsync(d => d == Drain.RegistryTimeout)).InTime();
            _clock.Advance(Drain.RegistryTimeout);
        }

        await stopping.InTime();
    }
}
