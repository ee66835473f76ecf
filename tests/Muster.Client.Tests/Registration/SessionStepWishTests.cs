using Muster.Client.Registration;
using Muster.Grpc;
using Muster.Protocol.V1;
using Kind = Muster.Protocol.V1.SessionRequest.RequestOneofCase;
using Intent = Muster.Core.Model.Intent;

namespace Muster.Client.Tests.Registration;

/// <summary>What an owner or an operator wants of an instance: intents, taking back, final orders.</summary>
public sealed class SessionStepWishTests
{
    private readonly SessionRig _rig = new();

    [Fact]
    public void SetIntent_Listed_IsSentAndAcknowledged()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        var version = _rig.Step.SetIntent(entry, Intent.Out);

        var request = _rig.TakeOnly(Kind.SetIntent);
        Assert.Empty(_rig.Step.TakeEffects());
        _rig.Accept(request);

        Assert.Equal((Protocol.V1.Intent.Out, 77ul), (request.SetIntent.Intent, request.SetIntent.LeaseId));
        Assert.Equal(version, _rig.Effect<SessionEffect.Listed>().IntentVersion);
    }

    [Fact]
    public void SetIntent_ChangedWhileOneIsUnderWay_SendsTheNewestAfterIt()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        var first = _rig.Step.SetIntent(entry, Intent.Out);
        var request = _rig.TakeOnly(Kind.SetIntent);
        _rig.Step.SetIntent(entry, Intent.Draining);
        _rig.Step.SetIntent(entry, Intent.Serving);
        Assert.Empty(_rig.TakeAll());
        _rig.Accept(request);

        Assert.Equal(first, _rig.Effect<SessionEffect.Listed>().IntentVersion);
        Assert.Equal(Protocol.V1.Intent.Serving, _rig.TakeAll()[0].Message.SetIntent.Intent);
    }

    [Fact]
    public void SetIntent_LostUnanswered_IsRepeatedAfterTheResume()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Step.SetIntent(entry, Intent.Out);
        _rig.TakeOnly(Kind.SetIntent);
        _rig.Lose();
        _rig.Open(resumed: true);

        Assert.Equal(Protocol.V1.Intent.Out, _rig.TakeAll()[0].Message.SetIntent.Intent);
    }

    [Fact]
    public void SetIntent_WhileTheRegistryIsAway_TravelsWithTheNextAnnouncement()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        var version = _rig.Step.SetIntent(entry, Intent.Out);
        _rig.Open(lease: 88);
        var register = _rig.TakeOnly(Kind.Register);
        _rig.Step.TakeEffects();
        _rig.Accept(register);

        Assert.Equal(Protocol.V1.Intent.Out, register.Register.Instance.Intent);
        Assert.Equal(version, _rig.Effect<SessionEffect.Listed>().IntentVersion);
        Assert.DoesNotContain(_rig.TakeAll(), s => s.Message.RequestCase == Kind.SetIntent);
    }

    [Fact]
    public void SetIntent_RegistryHasNoSuchInstance_AnnouncesItAnew()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Step.SetIntent(entry, Intent.Out);
        _rig.Fail(_rig.TakeOnly(Kind.SetIntent), StatusCode.NotFound);
        _rig.Now = entry.RetryAt!.Value;

        Assert.Equal(Protocol.V1.Intent.Out, _rig.TakeOnly(Kind.Register).Register.Instance.Intent);
    }

    [Fact]
    public void Deregister_Listed_IsSentAndEndsTheInstance()
    {
        var entry = _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        _rig.Step.Deregister(entry);
        var request = _rig.TakeOnly(Kind.Deregister);
        Assert.Empty(_rig.Step.TakeEffects());
        _rig.Accept(request);

        Assert.Equal(("a", 77ul), (request.Deregister.InstanceId, request.Deregister.LeaseId));
        Assert.Equal(RegistrationState.Deregistered, _rig.Effect<SessionEffect.Ended>().State);
        Assert.Null(_rig.Step.CheckOver(_rig.Now));
    }

    // The registry refuses a whole renewal that reports an instance which its lease does not hold any more.
    [Fact]
    public void Deregister_ReportWaitsOrFallsDue_ReportsOnlyWhoStays()
    {
        var entry = _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        _rig.Step.ReportSoon(entry);
        _rig.Step.Deregister(entry);
        _rig.Step.ReportSoon(entry);
        _rig.Now += TimeSpan.FromSeconds(4);

        var sent = _rig.TakeAll();

        Assert.Equal([Kind.Deregister, Kind.Renew], sent.Select(s => s.Message.RequestCase));
        Assert.Equal("b", Assert.Single(sent[1].Reporting).InstanceId);
    }

    [Fact]
    public void Deregister_BeforeTheAnnouncementIsAnswered_ReportsNothingOfIt()
    {
        var entry = _rig.Add("a");
        _rig.Open();
        var register = _rig.TakeOnly(Kind.Register);
        _rig.Step.Deregister(entry);
        _rig.Accept(register);

        _rig.TakeOnly(Kind.Deregister);
    }

    [Fact]
    public void Deregister_LastInstance_EndsTheStreamAndForgetsTheLease()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Step.Deregister(entry);
        _rig.Accept(_rig.TakeOnly(Kind.Deregister));

        Assert.NotNull(_rig.Step.CheckOver(_rig.Now));
        Assert.False(_rig.Step.IsWanted);
        _rig.Lose(code: null);
        _rig.Add("b");
        Assert.Equal(0ul, _rig.Open());
    }

    [Fact]
    public void Deregister_NeverAnnounced_EndsWithoutAMessage()
    {
        var entry = _rig.Add("a");
        _rig.Step.Deregister(entry);

        Assert.Equal(RegistrationState.Deregistered, _rig.Effect<SessionEffect.Ended>().State);
        Assert.False(_rig.Step.IsWanted);
    }

    [Fact]
    public void Deregister_AnnouncementUnderWay_FollowsItsAnswer()
    {
        var entry = _rig.Add("a");
        _rig.Open();
        var register = _rig.TakeOnly(Kind.Register);
        _rig.Step.Deregister(entry);
        Assert.Empty(_rig.TakeAll());
        _rig.Accept(register);

        Assert.Equal(Kind.Deregister, _rig.TakeAll()[0].Message.RequestCase);
    }

    [Fact]
    public void Deregister_AnnouncementUnderWayIsRefused_EndsWithoutAMessage()
    {
        var entry = _rig.Add("a");
        _rig.Open();
        var register = _rig.TakeOnly(Kind.Register);
        _rig.Step.Deregister(entry);
        _rig.Fail(register, StatusCode.AlreadyExists);

        Assert.Equal(RegistrationState.Deregistered, _rig.Effect<SessionEffect.Ended>().State);
    }

    [Fact]
    public void Deregister_RegistryAway_IsUrgentOnceAndSentAfterTheResume()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Step.Deregister(entry);

        Assert.True(_rig.Step.TakeUrgency());
        Assert.False(_rig.Step.TakeUrgency());
        _rig.Open(resumed: true);
        Assert.Equal("a", _rig.TakeAll()[0].Message.Deregister.InstanceId);
    }

    [Fact]
    public void Deregister_LeaseLapsedMeanwhile_EndsWithTheNewLease()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Step.Deregister(entry);
        _rig.Step.TakeEffects();
        _rig.Open(lease: 88);

        Assert.Equal(RegistrationState.Deregistered, _rig.Effect<SessionEffect.Ended>().State);
    }

    [Theory]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.FailedPrecondition)]
    public void Deregister_NothingThere_CountsAsDone(StatusCode code)
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Step.Deregister(entry);
        _rig.Fail(_rig.TakeOnly(Kind.Deregister), code);

        Assert.Equal(RegistrationState.Deregistered, _rig.Effect<SessionEffect.Ended>().State);
    }

    [Fact]
    public void Deregister_RefusedForNow_IsTriedAgain()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Step.Deregister(entry);
        _rig.Fail(_rig.TakeOnly(Kind.Deregister), StatusCode.Unavailable);
        Assert.Empty(_rig.TakeAll());
        _rig.Now = entry.RetryAt!.Value;

        Assert.Equal(Kind.Deregister, _rig.TakeAll()[0].Message.RequestCase);
    }

    [Fact]
    public void Superseded_IsFinal()
    {
        var entry = _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { Superseded = new Superseded { InstanceId = "a", ByInstanceId = "c" } });
        var ended = _rig.Effect<SessionEffect.Ended>();
        _rig.Lose();
        _rig.Open(lease: 88);

        Assert.Equal((entry, RegistrationState.Superseded, "instance 'c' took its place"), (ended.Entry, ended.State, ended.Reason));
        Assert.Equal("b", _rig.TakeOnly(Kind.Register).Register.Instance.Id);
    }

    [Fact]
    public void RemovedByOperator_IsFinal()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { RemovedByOperator = new RemovedByOperator { InstanceId = "a", Reason = "maintenance" } });
        var ended = _rig.Effect<SessionEffect.Ended>();

        Assert.Equal((RegistrationState.RemovedByOperator, "maintenance"), (ended.State, ended.Reason));
        Assert.False(_rig.Step.IsWanted);
    }

    [Fact]
    public void RemovedByOperator_ToldBeforeTheNextStreamIsOpened_IsNotAnnouncedAgain()
    {
        var removed = _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Step.OnOpened();
        var open = _rig.TakeOnly(Kind.Open);
        _rig.Step.TakeEffects();

        _rig.Receive(new SessionResponse { RemovedByOperator = new RemovedByOperator { InstanceId = "a", Reason = "maintenance" } });
        Assert.Equal((removed, RegistrationState.RemovedByOperator), (_rig.Effect<SessionEffect.Ended>() is var ended ? (ended.Entry, ended.State) : default));
        _rig.Receive(new SessionResponse { RequestId = open.RequestId, Opened = new Opened { LeaseId = 78, TtlMs = 10_000 } }, "192.168.1.5");

        Assert.Equal("b", _rig.TakeOnly(Kind.Register).Register.Instance.Id);
    }

    [Fact]
    public void SetIntent_Draining_WaitsForTheCallersWithinTheTimeOfAShutdown()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();

        _rig.Step.SetIntent(entry, Intent.Draining);
        Assert.Equal(1500u, _rig.TakeOnly(Kind.SetIntent).SetIntent.AwaitWatchersMs);

        Assert.True(SessionEntry.DrainPatience < Muster.AspNetCore.Drain.RegistryTimeout);
    }

    [Fact]
    public void IntentSet_WithSilentCallers_NamesThoseAlone()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Step.SetIntent(entry, Intent.Draining);
        var request = _rig.TakeOnly(Kind.SetIntent);

        _rig.Receive(new SessionResponse
        {
            RequestId = request.RequestId,
            IntentSet = new SetIntentResponse
            {
                Drain = new DrainOutcome
                {
                    Laggards =
                    {
                        new DrainLaggard { Watcher = "billing 42", Why = DrainSilence.Silent },
                        new DrainLaggard { Watcher = "script", Why = DrainSilence.SimpleStream },
                        new DrainLaggard { Watcher = "gone", Why = DrainSilence.Left },
                    },
                    LaggardsCount = 3,
                },
            },
        });

        var effects = _rig.Step.TakeEffects();
        Assert.Equal("billing 42", Assert.Single(effects.OfType<SessionEffect.DrainUnheard>()).Callers);
        Assert.Single(effects.OfType<SessionEffect.Listed>());
    }

    [Fact]
    public void Superseded_WhileAnAnswerIsOutstanding_LaterAnswerChangesNothing()
    {
        var entry = _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        _rig.Step.SetIntent(entry, Intent.Out);
        var request = _rig.TakeOnly(Kind.SetIntent);
        _rig.Receive(new SessionResponse { Superseded = new Superseded { InstanceId = "a" } });
        _rig.Step.TakeEffects();
        _rig.Accept(request);

        Assert.Empty(_rig.Step.TakeEffects());
        Assert.Empty(_rig.TakeAll());
    }

    [Fact]
    public void DrainRequested_ReachesTheInstance()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { DrainRequested = new DrainRequested { InstanceId = "a", Reason = "update" } });

        Assert.Equal((entry, "update"), (_rig.Step.TakeEffects().OfType<SessionEffect.DrainRequested>().Single() is var d ? (d.Entry, d.Reason) : default));
    }

    [Fact]
    public void AfterItsEnd_NoWishIsSent()
    {
        var entry = _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { Superseded = new Superseded { InstanceId = "a" } });
        _rig.Step.TakeEffects();

        _rig.Step.SetIntent(entry, Intent.Out);
        _rig.Step.Deregister(entry);

        Assert.False(_rig.Step.ReportSoon(entry));
        Assert.Empty(_rig.TakeAll());
        Assert.Empty(_rig.Step.TakeEffects());
    }
}
