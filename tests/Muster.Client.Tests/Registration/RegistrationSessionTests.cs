using Microsoft.Extensions.Logging;
using Muster.Client.Connection;
using Muster.Client.Registration;
using Muster.Client.Tests.Scripted;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.V1;
using Intent = Muster.Core.Model.Intent;
using Kind = Muster.Protocol.V1.SessionRequest.RequestOneofCase;
using LoadReport = Muster.Core.Model.LoadReport;
using SessionScript = Muster.Client.Tests.Scripted.ScriptedStream<Muster.Protocol.V1.SessionRequest, Muster.Protocol.V1.SessionResponse>;

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

    [Fact]
    public async Task Register_SeveralInstances_ShareOneSession()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var first = client.Register(Options("calc-1"));
        var second = client.Register(Options("calc-2"));
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();
        await session.AcceptAsync();

        await first.WaitRegisteredAsync(default).InTime();
        await second.WaitRegisteredAsync(default).InTime();
    }

    [Fact]
    public async Task Register_RegistryDownAtStart_ComesUpByItself()
    {
        var gone = await ScriptedRegistry.StartAsync();
        var port = gone.Port;
        await gone.DisposeAsync();
        var registration = NewClient($"127.0.0.1:{port}").Register(Options("calc-1"));
        await Clock.TimerArmedAsync(d => d <= Backoff.FirstDelayMax).InTime();
        Assert.Equal(RegistrationState.Pending, registration.State);

        await using var registry = await ScriptedRegistry.StartAsync(port);
        await PassBackoffAsync();
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();

        await registration.WaitRegisteredAsync(default).InTime();
    }

    [Fact]
    public async Task Heartbeat_EveryThirdOfTheTtl_CarriesHealthAndLoad()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var health = Core.Model.Health.Healthy;
        var registration = NewClient(registry.Address).Register(Options("calc-1") with { Health = () => health });
        var session = await StartAsync(registry, registration);
        health = Core.Model.Health.Degraded;
        await Clock.TimerArmedAsync(d => d == TimeSpan.FromMilliseconds(3334)).InTime();

        Clock.Advance(TimeSpan.FromMilliseconds(3334));
        var renewal = await session.ReadAsync();

        Assert.NotEqual(0ul, renewal.RequestId);
        Assert.Equal(Protocol.V1.Health.Degraded, renewal.Renew.Reports.Single().Health);
    }

    [Fact]
    public async Task StreamLost_Resumed_KeepsTheLeaseAndTheInstance()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        var states = new States(registration);
        session.End(StatusCode.Unavailable, "the node restarts");
        await states.NextAsync(RegistrationState.Pending);
        await PassFirstBackoffAsync();
        var next = await registry.NextSessionAsync();
        var open = await next.OpenAsync(resumed: true);
        await states.NextAsync(RegistrationState.Registered);

        Assert.Equal(77ul, open.LeaseId);
        Assert.Equal(Kind.Renew, (await next.ReadAsync()).RequestCase);
    }

    [Fact]
    public async Task StreamLost_NotResumed_AnnouncesTheSameIdAnew()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        session.End(StatusCode.Unavailable, "the registry restarts, and has forgotten");
        await PassLossAsync();
        var next = await registry.NextSessionAsync();
        await next.OpenAsync(lease: 88);

        var announced = await next.AcceptAsync();
        await registration.WaitRegisteredAsync(default).InTime();

        Assert.Equal(("calc-1", 88ul), (announced.Instance.Id, announced.LeaseId));
    }

    [Fact]
    public async Task RegistryKilled_ComesBackOnItsPort_FindsTheInstanceAgain()
    {
        var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        await StartAsync(registry, registration);
        var states = new States(registration);
        await registry.DisposeAsync();
        await states.NextAsync(RegistrationState.Pending);

        await using var again = await ScriptedRegistry.StartAsync(registry.Port);
        await PassBackoffAsync();
        var session = await again.NextSessionAsync();
        await session.OpenAsync(lease: 88);
        await session.AcceptAsync();

        await states.NextAsync(RegistrationState.Registered);
    }

    [Fact]
    public async Task HeartbeatUnanswered_StreamIsGivenUpAndResumed()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        await Clock.TimerArmedAsync(d => d == TimeSpan.FromMilliseconds(3334)).InTime();
        Clock.Advance(TimeSpan.FromMilliseconds(3334));
        Assert.NotEqual(0ul, (await session.ReadAsync()).RequestId);

        // The heartbeat is due again first, half the TTL after the first one it is over.
        await Clock.TimerArmedAsync(d => d is { TotalSeconds: > 3 and < 3.4 }).InTime();
        Clock.Advance(TimeSpan.FromMilliseconds(3334));
        await Clock.TimerArmedAsync(d => d is { TotalSeconds: > 1 and < 2 }).InTime();
        Clock.Advance(TimeSpan.FromSeconds(2));
        await PassLossAsync();

        Assert.Equal(77ul, (await (await registry.NextSessionAsync()).OpenAsync(resumed: true)).LeaseId);
        Assert.Contains(Logged, e => e.Text.Contains("no answer to Renew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Superseded_IsFinalSaidAndNeverUndone()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        var states = new States(registration);
        await session.SendAsync(new SessionResponse { Superseded = new Superseded { InstanceId = "calc-1", ByInstanceId = "calc-9" } });

        await states.NextAsync(RegistrationState.Superseded);
        await session.ClientGone.InTime();

        Assert.Equal("instance 'calc-9' took its place", registration.LastError);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => registration.WaitRegisteredAsync(default));
        Assert.Contains("calc-9", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => registration.SetIntentAsync(Intent.Out, default));
        await registration.DeregisterAsync(default).InTime();
        Assert.Equal(RegistrationState.Superseded, registration.State);
        Assert.Contains(Logged, l => l.Level == LogLevel.Error && l.Text.Contains("Superseded, which is final", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_NamesTheReasonOfTheRegistry()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.FailAsync(await session.ReadAsync(), StatusCode.InvalidArgument, "zone 'x' is not allowed here");

        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => registration.WaitRegisteredAsync(default).InTime());

        Assert.Contains("zone 'x' is not allowed here", e.Message, StringComparison.Ordinal);
        Assert.Equal(RegistrationState.Refused, registration.State);
    }

    [Fact]
    public async Task AlreadyExists_IsLoggedWithTheHolderAndTriedAgain()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.FailAsync(await session.ReadAsync(), StatusCode.AlreadyExists, "10.0.0.1:5001 is held by calc-7");
        await PassFirstBackoffAsync();
        await session.AcceptAsync();
        await registration.WaitRegisteredAsync(default).InTime();

        Assert.Null(registration.LastError);
        Assert.Contains(Logged, e => e.Level == LogLevel.Warning && e.Text.Contains("held by calc-7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SetIntentAsync_CompletesWithTheAcknowledgementNotBefore()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        var setting = registration.SetIntentAsync(Intent.Draining, default);
        var request = await session.NextAsync(Kind.SetIntent);
        Assert.False(setting.IsCompleted);
        Assert.Equal(Intent.Draining, registration.Intent);

        await session.SendAsync(new SessionResponse { RequestId = request.RequestId, IntentSet = new SetIntentResponse() });

        await setting.InTime();
    }

    [Fact]
    public async Task SetIntentAsync_StreamLostMeanwhile_CompletesAfterTheResume()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        var setting = registration.SetIntentAsync(Intent.Out, default);
        await session.NextAsync(Kind.SetIntent);
        session.End(StatusCode.Unavailable, "gone");
        await PassLossAsync();
        var next = await registry.NextSessionAsync();
        await next.OpenAsync(resumed: true);
        var request = await next.NextAsync(Kind.SetIntent);
        Assert.False(setting.IsCompleted);
        await next.SendAsync(new SessionResponse { RequestId = request.RequestId, IntentSet = new SetIntentResponse() });

        await setting.InTime();
    }

    [Fact]
    public async Task DrainRequested_ReachesTheApplication()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var asked = new TaskCompletionSource();
        registration.DrainRequested += () => asked.TrySetResult();
        var session = await StartAsync(registry, registration);
        await session.SendAsync(new SessionResponse { DrainRequested = new DrainRequested { InstanceId = "calc-1", Reason = "update" } });

        await asked.Task.InTime();
    }

    [Fact]
    public async Task DisposeAsync_RegistryAnswers_TakesAllBackAndClosesTheStream()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var registration = client.Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        var disposing = client.DisposeAsync().AsTask();
        var request = await session.NextAsync(Kind.Deregister);
        Assert.False(disposing.IsCompleted);
        await session.SendAsync(new SessionResponse { RequestId = request.RequestId, Deregistered = new DeregisterResponse() });

        await disposing.InTime();
        await session.ClientGone.InTime();
        Assert.Equal(RegistrationState.Deregistered, registration.State);
    }

    [Fact]
    public async Task DisposeAsync_RegistryAway_WaitsTwoSecondsInAll()
    {
        var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var registration = client.Register(Options("calc-1"));
        await StartAsync(registry, registration);
        var states = new States(registration);
        await registry.DisposeAsync();
        await states.NextAsync(RegistrationState.Pending);
        using var gaveUp = new CancellationTokenSource();
        var first = registration.DeregisterAsync(gaveUp.Token);
        await Clock.TimerArmedAsync(_ => true).InTime();
        Clock.Advance(InstanceRegistration.DisposeTimeout);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.InTime());

        // The two seconds are spent already: an app that drained in vain must not wait again for its client.
        await client.DisposeAsync().AsTask().InTime();
    }

    [Fact]
    public async Task MoveTo_SessionGoesOnAtTheOtherNode()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var other = await ScriptedRegistry.StartAsync();
        var registration = NewClient(registry.Address).Register(Options("calc-1"));
        var session = await StartAsync(registry, registration);
        await session.SendAsync(new SessionResponse { MoveTo = new MoveTo { Address = other.Address } });
        await PassLossAsync();
        var next = await other.NextSessionAsync();

        Assert.Equal(77ul, (await next.OpenAsync(resumed: true)).LeaseId);
        await registration.WaitRegisteredAsync(default).InTime();
    }

    [Fact]
    public async Task Load_FailsOrCannotBeReal_HeartbeatGoesOutWithoutIt()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var first = client.Register(Options("calc-1") with { Load = () => throw new InvalidOperationException("no counter") });
        var session = await StartAsync(registry, first);
        var second = client.Register(Options("calc-2") with { Load = () => new LoadReport { CpuUtilization = double.NaN } });
        await session.AcceptAsync();
        await second.WaitRegisteredAsync(default).InTime();

        // The second's first report keeps its distance from the first's.
        await Clock.TimerArmedAsync(d => d == SessionStep.ReportInterval).InTime();
        Clock.Advance(SessionStep.ReportInterval);
        Assert.Equal("calc-2", (await session.ReadAsync()).Renew.Reports.Single().InstanceId);

        var untilHeartbeat = TimeSpan.FromMilliseconds(3334) - SessionStep.ReportInterval;
        await Clock.TimerArmedAsync(d => d == untilHeartbeat).InTime();
        Clock.Advance(untilHeartbeat);
        var renewal = await session.ReadAsync();

        Assert.Equal(2, renewal.Renew.Reports.Count);
        Assert.All(renewal.Renew.Reports, r => Assert.Null(r.Load));
    }

    [Fact]
    public async Task Register_IdTwice_IsRefusedUntilTheFirstHasEnded()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        var client = NewClient(registry.Address);
        var registration = client.Register(Options("calc-1"));
        var e = Assert.Throws<ArgumentException>(() => client.Register(Options("calc-1")));
        Assert.Contains("id is 'calc-1'", e.Message, StringComparison.Ordinal);

        var session = await StartAsync(registry, registration);
        var gone = registration.DeregisterAsync(default);
        var request = await session.NextAsync(Kind.Deregister);
        await session.SendAsync(new SessionResponse { RequestId = request.RequestId, Deregistered = new DeregisterResponse() });
        await gone.InTime();

        Assert.Equal("calc-1", client.Register(Options("calc-1")).InstanceId);
    }

    [Fact]
    public void Register_SeveralOptionsWrong_AreAllNamedInOneError()
    {
        var e = Assert.Throws<ArgumentException>(() => NewClient("127.0.0.1:1").Register(
            Options("a b") with { Service = "Calculator", Weight = 0, Zone = "East", Ttl = TimeSpan.FromMilliseconds(10) }));

        Assert.Equal(
            "Bad registration options: "
            + "service is 'Calculator': a-z, 0-9, '-', '.' and '_' are allowed, with a letter or digit at both ends. "
            + "id is 'a b': letters, digits, '-', '.', '_' and ':' are allowed. "
            + "weight is 0: 1 to 10000 are allowed. "
            + "zone is 'East': a-z, 0-9, '-', '.' and '_' are allowed, with a letter or digit at both ends. "
            + "ttl is 10 ms: 1000 ms to 10 minutes are allowed. (Parameter 'options')",
            e.Message);
    }

    [Theory]
    [InlineData("Calc", "service is 'Calc'")]
    [InlineData("", "service is empty")]
    public void Register_OptionOutOfRange_NamesIt(string service, string expected)
    {
        var e = Assert.Throws<ArgumentException>(() => NewClient("127.0.0.1:1").Register(Options("a") with { Service = service }));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.999, false)]
    [InlineData(1, true)]
    [InlineData(600, true)]
    [InlineData(600.001, false)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    public void Register_Ttl_IsHeldToItsRange(double seconds, bool isAllowed)
    {
        var client = NewClient("127.0.0.1:1");
        var e = Record.Exception(() => client.Register(Options("a") with { Ttl = TimeSpan.FromSeconds(seconds) }));

        Assert.Equal(isAllowed, e is null);
        Assert.True(isAllowed || e is ArgumentException);
    }

    [Fact]
    public void InstanceId_NotGiven_NamesServiceAndMachineAndIsUnique()
    {
        var client = NewClient("127.0.0.1:1");
        var ids = Enumerable.Range(0, 3).Select(_ => client.Register(Options("x") with { InstanceId = null }).InstanceId).ToList();

        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.StartsWith("calculator-", id, StringComparison.Ordinal));
        Assert.All(ids, id => Assert.Null(InstanceValidator.ValidateId("id", id)));
    }

    private static async Task<SessionScript> StartAsync(ScriptedRegistry registry, InstanceRegistration registration)
    {
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();
        await registration.WaitRegisteredAsync(default).InTime();

        // The first report, so that what follows in a test is the test's own.
        Assert.Equal(Kind.Renew, (await session.ReadAsync()).RequestCase);
        return session;
    }
}
