using Muster.Client.Registration;
using Muster.Core;
using Muster.Grpc;
using Muster.Protocol.V1;
using Kind = Muster.Protocol.V1.SessionRequest.RequestOneofCase;

namespace Muster.Client.Tests.Registration;

public sealed class SessionStepTests
{
    private readonly SessionRig _rig = new();

    [Fact]
    public void TakeNext_NewStream_OpensBeforeAnythingElse()
    {
        _rig.Add("a", ttl: TimeSpan.FromSeconds(3));
        _rig.Add("b", ttl: TimeSpan.FromSeconds(60));
        _rig.Step.OnOpened();

        var open = _rig.TakeOnly(Kind.Open).Open;

        Assert.Equal((0ul, 3000u, "tests"), (open.LeaseId, open.TtlMs, open.Client));
        Assert.True(open.AnswersPings);
    }

    [Fact]
    public void TakeNext_Pinged_AnswersBeforeAnythingElseAndOnce()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Add("b");
        _rig.Receive(new SessionResponse { Ping = new Ping() });
        _rig.Receive(new SessionResponse { Ping = new Ping() });

        Assert.Equal([Kind.Pong, Kind.Register], _rig.TakeAll().Select(s => s.Message.RequestCase));
    }

    [Fact]
    public void TakeNext_PingOfAnEarlierStream_IsNotAnsweredOnTheNext()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { Ping = new Ping() });
        _rig.Lose();
        _rig.Open();

        Assert.DoesNotContain(_rig.TakeAll(), s => s.Message.RequestCase == Kind.Pong);
    }

    [Fact]
    public void TakeNext_Opened_AnnouncesEveryInstanceUnderTheLease()
    {
        _rig.Add("a");
        _rig.Add("b");
        _rig.Open(lease: 9);

        var sent = _rig.TakeAll();

        Assert.Equal(["a", "b"], sent.Select(s => s.Message.Register.Instance.Id));
        Assert.All(sent, s => Assert.Equal(9ul, s.Message.Register.LeaseId));
        Assert.All(sent, s => Assert.Single(s.Reporting));
    }

    [Fact]
    public void TakeNext_ManyInstances_KeepsTheBoundOfUnansweredRequests()
    {
        for (var i = 0; i < Limits.SessionRequestsInFlightMax + 10; i++)
        {
            _rig.Add($"i-{i}");
        }

        _rig.Open();
        var first = _rig.TakeAll();
        _rig.Accept(first[0].Message);
        var second = _rig.TakeAll();

        Assert.Equal(Limits.SessionRequestsInFlightMax, first.Count);
        Assert.Single(second, s => s.Message.RequestCase == Kind.Register);
    }

    [Fact]
    public void TakeNext_ThirdOfTheTtl_RenewsAndReportsAll()
    {
        _rig.Add("a");
        _rig.Add("b");
        _rig.OpenAndAccept();
        Assert.Equal(_rig.Now + TimeSpan.FromSeconds(10.0 / 3), _rig.Step.WakeAt(_rig.Now));

        _rig.Now += TimeSpan.FromSeconds(10.0 / 3);
        var renewal = Assert.Single(_rig.TakeAll());

        Assert.NotEqual(0ul, renewal.Message.RequestId);
        Assert.Equal(["a", "b"], renewal.Reporting.Select(e => e.InstanceId).Order());
    }

    [Fact]
    public void TakeNext_NoInstanceListedYet_RenewsAllTheSame()
    {
        _rig.Add("a");
        _rig.Open();
        _rig.TakeAll();
        _rig.Now += TimeSpan.FromSeconds(4);

        var renewal = Assert.Single(_rig.TakeAll());

        Assert.Equal(Kind.Renew, renewal.Message.RequestCase);
        Assert.Empty(renewal.Reporting);
    }

    [Fact]
    public void TtlOfTheRegistry_DiffersFromTheWish_SetsThePace()
    {
        _rig.Add("a");
        _rig.Open(ttlMs: 30_000);

        Assert.Equal(_rig.Now + TimeSpan.FromSeconds(10), _rig.Step.WakeAt(_rig.Now));
    }

    [Fact]
    public void CheckOver_HeartbeatUnansweredForHalfTheTtl_EndsTheStream()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Now += TimeSpan.FromSeconds(4);
        _rig.TakeAll();
        _rig.Now += TimeSpan.FromSeconds(4.9);
        _rig.TakeAll();
        Assert.Null(_rig.Step.CheckOver(_rig.Now));

        _rig.Now += TimeSpan.FromSeconds(0.1);

        Assert.Equal("no answer to Renew", _rig.Step.CheckOver(_rig.Now));
    }

    [Fact]
    public void ReportSoon_SeveralTimes_MergesWithinTheInterval()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        Assert.True(_rig.Step.ReportSoon(entry));
        Assert.False(_rig.Step.ReportSoon(entry));
        Assert.Empty(_rig.TakeAll());
        Assert.Equal(_rig.Now + SessionStep.ReportInterval, _rig.Step.WakeAt(_rig.Now));

        _rig.Now += SessionStep.ReportInterval;
        var report = Assert.Single(_rig.TakeAll());

        Assert.Equal((0ul, Kind.Renew), (report.Message.RequestId, report.Message.RequestCase));
        Assert.Same(entry, Assert.Single(report.Reporting));
    }

    [Fact]
    public void ReportSoon_LongAfterTheLast_GoesAtOnce()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Now += TimeSpan.FromSeconds(1);
        _rig.Step.ReportSoon(entry);

        Assert.Single(_rig.TakeAll());
    }

    [Fact]
    public void TakeNext_MoreReportsThanFitOneMessage_SendsTheRestAtOnce()
    {
        for (var i = 0; i < 300; i++)
        {
            _rig.Add($"i-{i}");
        }

        _rig.Open();
        for (var sent = _rig.TakeAll(); sent.Count > 0; sent = _rig.TakeAll())
        {
            sent.Where(s => s.Message.RequestCase == Kind.Register).ToList().ForEach(s => _rig.Accept(s.Message));
        }

        _rig.Now += TimeSpan.FromSeconds(4);
        var renewals = _rig.TakeAll();

        Assert.Equal([256, 44], renewals.Select(r => r.Reporting.Count));
        Assert.Single(renewals, r => r.Message.RequestId != 0);
    }

    [Fact]
    public void OnLost_ThenResumed_NeitherAnnouncesAnewNorForgets()
    {
        var entry = _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Effect<SessionEffect.Lost>();

        var lease = _rig.Open(resumed: true);
        var sent = _rig.TakeAll();

        Assert.Equal(77ul, lease);
        Assert.Same(entry, _rig.Effect<SessionEffect.Listed>().Entry);
        Assert.All(sent, s => Assert.Equal(Kind.Renew, s.Message.RequestCase));
    }

    [Fact]
    public void OnLost_ThenResumedInAnotherStore_AnnouncesAnewUnderTheSameLease()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Open(resumed: true, storeId: "restored");

        var register = _rig.TakeOnly(Kind.Register).Register;

        Assert.Equal(("a", 77ul), (register.Instance.Id, register.LeaseId));
    }

    [Fact]
    public void OnLost_ThenNotResumed_AnnouncesTheSameIdUnderTheNewLease()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Open(lease: 88);

        var register = _rig.TakeOnly(Kind.Register).Register;

        Assert.Equal(("a", 88ul), (register.Instance.Id, register.LeaseId));
    }

    [Fact]
    public void OnLost_AnnouncementUnanswered_IsRepeatedUnderTheResumedLease()
    {
        _rig.Add("a");
        _rig.Open();
        _rig.TakeOnly(Kind.Register);
        _rig.Lose();
        _rig.Open(resumed: true);

        Assert.Equal("a", _rig.TakeOnly(Kind.Register).Register.Instance.Id);
    }

    [Fact]
    public void OnLost_OpenEndsWithNotFound_AsksForANewLease()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Step.OnOpened();
        _rig.TakeOnly(Kind.Open);
        _rig.Lose(StatusCode.NotFound);

        Assert.Equal(0ul, _rig.Open(lease: 88));
        Assert.Equal(88ul, _rig.TakeOnly(Kind.Register).Register.LeaseId);
    }

    [Fact]
    public void Fault_HeartbeatOfALapsedLease_OpensANewOne()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Now += TimeSpan.FromSeconds(4);
        _rig.Fail(_rig.TakeOnly(Kind.Renew), StatusCode.NotFound, "lease 77 is unknown");

        Assert.Equal("the lease is gone (lease 77 is unknown)", _rig.Step.CheckOver(_rig.Now));
        _rig.Lose(code: null);
        Assert.Equal(0ul, _rig.Open(lease: 88));
    }

    [Fact]
    public void Fault_HeartbeatRefusedOtherwise_KeepsTheSession()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Now += TimeSpan.FromSeconds(4);
        _rig.Fail(_rig.TakeOnly(Kind.Renew), StatusCode.Unavailable);

        Assert.Null(_rig.Step.CheckOver(_rig.Now));
        Assert.Equal(StatusCode.Unavailable, _rig.Effect<SessionEffect.SessionRefused>().Code);
    }

    [Fact]
    public void Fault_InvalidArgument_IsFinal()
    {
        var entry = _rig.Add("a");
        _rig.Add("b");
        _rig.Open();
        var register = _rig.TakeAll()[0].Message;
        _rig.Fail(register, StatusCode.InvalidArgument, "weight is 0");
        var ended = _rig.Effect<SessionEffect.Ended>();
        _rig.Now += TimeSpan.FromHours(1);

        Assert.Equal((entry, RegistrationState.Refused, "weight is 0"), (ended.Entry, ended.State, ended.Reason));
        Assert.DoesNotContain(_rig.TakeAll(), s => s.Message.RequestCase == Kind.Register);
    }

    [Theory]
    [InlineData(StatusCode.AlreadyExists)]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Internal)]
    public void Fault_RegisterRefusedForNow_IsTriedAgainWithBackoff(StatusCode code)
    {
        _rig.Add("a");
        _rig.Open();
        _rig.Fail(_rig.TakeOnly(Kind.Register), code, "held by b");
        var retried = _rig.Effect<SessionEffect.Retried>();
        var retryAt = retried.Entry.RetryAt!.Value;

        Assert.Equal((code, "held by b"), (retried.Code, retried.Reason));
        Assert.Empty(_rig.TakeAll());
        Assert.Equal(retryAt, _rig.Step.WakeAt(_rig.Now));
        _rig.Now = retryAt;
        _rig.Fail(_rig.TakeOnly(Kind.Register), code);
        Assert.InRange((retried.Entry.RetryAt!.Value - _rig.Now).TotalSeconds, 0, 1.6);
    }

    [Fact]
    public void Fault_RegisterFindsNoLease_OpensANewOne()
    {
        _rig.Add("a");
        _rig.Open();
        _rig.Fail(_rig.TakeOnly(Kind.Register), StatusCode.NotFound);

        Assert.NotNull(_rig.Step.CheckOver(_rig.Now));
        _rig.Lose(code: null);
        Assert.Equal(0ul, _rig.Open());
    }

    [Fact]
    public void MoveTo_ThenLost_OpensThereWithTheSameLease()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { MoveTo = new MoveTo { Address = "10.0.0.9:5000" } });
        Assert.NotNull(_rig.Step.CheckOver(_rig.Now));
        _rig.Lose(code: null);

        Assert.Equal("10.0.0.9:5000", _rig.Step.Address);
        Assert.Equal(77ul, _rig.Open(resumed: true));
    }

    [Fact]
    public void MoveTo_NodeCannotBeReached_GoesBackToTheConfiguredOne()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { MoveTo = new MoveTo { Address = "10.0.0.9:5000" } });
        _rig.Lose(code: null);
        _rig.Step.OnOpened();
        _rig.Lose(wasUp: false);

        Assert.Null(_rig.Step.Address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nowhere")]
    [InlineData("host:0")]
    public void MoveTo_NoAddress_IsPassedOver(string address)
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { MoveTo = new MoveTo { Address = address } });

        Assert.Null(_rig.Step.CheckOver(_rig.Now));
    }

    [Fact]
    public void Opened_NoHostGiven_AdvertisesTheDetectedOne()
    {
        _rig.Add("a", host: null);
        _rig.Open(detectedHost: "192.168.1.5");

        Assert.Equal("192.168.1.5", _rig.TakeOnly(Kind.Register).Register.Instance.Host);
    }

    [Fact]
    public void Opened_MachineMoved_AdvertisesTheNewAddressOnlyUnderANewLease()
    {
        var entry = _rig.Add("a", host: null);
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Open(resumed: true, detectedHost: "192.168.1.6");
        Assert.Equal("192.168.1.5:5001", entry.Address);
        _rig.Lose();
        _rig.Open(lease: 88, detectedHost: "192.168.1.6");

        Assert.Equal("192.168.1.6", _rig.TakeAll()[0].Message.Register.Instance.Host);
    }

    [Fact]
    public void Opened_OtherLeaseButMarkedResumed_AnnouncesAnew()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Lose();
        _rig.Open(lease: 88, resumed: true);

        Assert.Equal(88ul, _rig.TakeOnly(Kind.Register).Register.LeaseId);
    }

    [Fact]
    public void OnReceived_AnswerOfTheWrongKind_EndsTheStream()
    {
        _rig.Add("a");
        _rig.Open();
        var register = _rig.TakeOnly(Kind.Register);
        _rig.Receive(new SessionResponse { RequestId = register.RequestId, IntentSet = new SetIntentResponse() });

        Assert.Equal("the registry answers Register with IntentSet", _rig.Step.CheckOver(_rig.Now));
    }

    [Fact]
    public void OnReceived_AnswerToNothing_ChangesNothing()
    {
        _rig.Add("a");
        _rig.OpenAndAccept();
        _rig.Receive(new SessionResponse { RequestId = 999, Registered = new RegisterResponse() });
        _rig.Receive(new SessionResponse { RequestId = 999, Deregistered = new DeregisterResponse() });
        _rig.Receive(new SessionResponse());

        Assert.Null(_rig.Step.CheckOver(_rig.Now));
        Assert.Empty(_rig.Step.TakeEffects());
    }
}
