using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.AspNetCore;
using Muster.Client.Tests.Scripted;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Testing;
using Kind = Muster.Protocol.V1.SessionRequest.RequestOneofCase;
using SessionScript = Muster.Client.Tests.Scripted.ScriptedStream<Muster.Protocol.V1.SessionRequest, Muster.Protocol.V1.SessionResponse>;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>How an app that leaves shows its callers the door, those too that hear nothing of the registry.</summary>
[Trait("pitfall", "drain")]
public sealed class DrainFarewellTests
{
    private static readonly Uri s_root = new("/", UriKind.Relative);
    private static readonly Uri s_slow = new("/slow", UriKind.Relative);
    private static readonly Uri s_probe = new(LoadMetadata.ProbePath, UriKind.Relative);
    private static readonly TimeSpan s_drainTimeout = new MusterRegistrationOptions().DrainTimeout;

    private readonly ManualTimeProvider _clock = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Http1_Drain_SaysSoAtOnceAndClosesOnceAllWhoWatchKnow()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry, Map);
        var session = await AnnounceAsync(registry, app);
        var slow = app.Http.GetAsync(s_slow);
        await _entered.Task.InTime();
        using var serving = await app.Http.GetAsync(s_root);
        Assert.Equal((false, false), (IsDraining(serving), Closes(serving)));

        var stopping = app.StopAsync();
        var intent = await session.NextAsync(Kind.SetIntent).InTime();
        using var begun = await app.Http.GetAsync(s_root);
        Assert.Equal((true, false), (IsDraining(begun), Closes(begun)));

        await AcknowledgeAsync(session, intent);
        using var known = await app.Http.GetAsync(s_root);
        using var probed = await app.Http.GetAsync(s_probe);
        Assert.Equal((true, true), (IsDraining(known), Closes(known)));
        Assert.Equal((true, true), (IsDraining(probed), Closes(probed)));

        // The response that had not begun is the last one of its connection too.
        _release.SetResult();
        using var last = await slow.InTime();
        Assert.Equal(("done", true, true), (await last.Content.ReadAsStringAsync(), IsDraining(last), Closes(last)));
        await EndAsync(session, stopping);
    }

    [Fact]
    public async Task Http2_Drain_ConnectionsGoWithTheirNextCallAndNoneFails()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartAsync(registry, a => a.MapGrpcService(new Lists(this)), HttpProtocols.Http2);
        var session = await AnnounceAsync(registry, app);
        using var handler = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(handler);
        var idle = new GrpcClient(invoker, app.Http.BaseAddress!, new GrpcClientOptions { TimeProvider = TimeProvider.System });
        var early = await CallAsync(idle);
        var slow = app.Grpc().UnaryWithMetadataAsync(RegistryMethods.ListServices, new ListServicesRequest());
        await _entered.Task.InTime();

        var stopping = app.StopAsync();
        var intent = await session.NextAsync(Kind.SetIntent).InTime();
        var begun = await CallAsync(idle);
        await AcknowledgeAsync(session, intent);

        // Idle, and let be: closed now, it might take a call with it that is just on its way. Its next call is served, and the last.
        var late = await CallAsync(idle);
        await app.ConnectionEndedAsync(0);
        Assert.Equal((false, false, 2), (slow.IsCompleted, stopping.IsCompleted, app.ConnectionsMade));

        // The other one has been told too, and goes with the call that runs on it.
        _release.SetResult();
        var last = await slow.InTime();
        await app.ConnectionEndedAsync(1);

        Assert.Null(early.Trailers.GetText(LoadMetadata.DrainingName));
        Assert.All([begun, late], r => Assert.Equal("1", r.Trailers.GetText(LoadMetadata.DrainingName)));
        Assert.Equal("1", last.Trailers.GetText(LoadMetadata.DrainingName));
        await EndAsync(session, stopping);
    }

    [Fact]
    public async Task Stop_AppThatIsAnnouncedElsewhere_SaysThatItGoes()
    {
        var isStopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await ServedApp.StartAsync(s => s.AddMusterLoadReports(), a =>
        {
            // Callbacks run in the opposite order of their registration, so the app's own has run before this one.
            a.Lifetime.ApplicationStopping.Register(isStopping.SetResult);
            Map(a);
        });
        var slow = app.Http.GetAsync(s_slow);
        await _entered.Task.InTime();

        var stopping = app.StopAsync();
        await isStopping.Task.InTime();
        _release.SetResult();

        using var last = await slow.InTime();
        Assert.True(IsDraining(last));
        await stopping.InTime();
    }

    private static Task<UnaryResult<KeepAliveResponse>> CallAsync(GrpcClient client) =>
        client.UnaryWithMetadataAsync(RegistryMethods.KeepAlive, new KeepAliveRequest()).InTime();

    private static bool IsDraining(HttpResponseMessage response) =>
        response.Headers.TryGetValues(LoadMetadata.DrainingName, out var values) && values.Single() == "1";

    private static bool Closes(HttpResponseMessage response) => response.Headers.ConnectionClose == true;

    private Task<ServedApp> StartAsync(
        ScriptedRegistry registry, Action<WebApplication> map, HttpProtocols protocols = HttpProtocols.Http1) => ServedApp.StartAsync(
        s => s.AddMuster(o => o with { Registry = registry.Address })
            .AddMusterRegistration("calculator")
            .AddMusterLoadReports(),
        map, protocols, _clock);

    private void Map(WebApplication app)
    {
        app.MapGet("/", () => "ok");
        app.MapGet("/slow", async () =>
        {
            _entered.SetResult();
            await _release.Task;
            return "done";
        });
    }

    private static async Task<SessionScript> AnnounceAsync(ScriptedRegistry registry, ServedApp app)
    {
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();
        await app.Get<IMusterRegistrations>().All.Single().WaitRegisteredAsync(CancellationToken.None).InTime();
        return session;
    }

    /// <summary>Says that all who watch know; completes when the app has heard it, and waits for the calls that run.</summary>
    private async Task AcknowledgeAsync(SessionScript session, SessionRequest intent)
    {
        await session.SendAsync(new SessionResponse { RequestId = intent.RequestId, IntentSet = new SetIntentResponse() });
        await _clock.TimerArmedAsync(d => d == s_drainTimeout).InTime();
    }

    private async Task EndAsync(SessionScript session, Task stopping)
    {
        await _clock.TimerArmedAsync(d => d == Drain.QuietPeriod).InTime();
        _clock.Advance(Drain.QuietPeriod);
        var gone = await session.NextAsync(Kind.Deregister).InTime();
        await session.SendAsync(new SessionResponse { RequestId = gone.RequestId, Deregistered = new DeregisterResponse() });
        await stopping.InTime();
    }

    private sealed class Lists(DrainFarewellTests test) : IGrpcService
    {
        public void Bind(GrpcServiceBinder binder)
        {
            binder.Unary(RegistryMethods.KeepAlive, (_, _) => Task.FromResult(new KeepAliveResponse()));
            binder.Unary(RegistryMethods.ListServices, async (_, _) =>
            {
                test._entered.SetResult();
                await test._release.Task;
                return new ListServicesResponse();
            });
        }
    }
}
