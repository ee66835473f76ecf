using Muster.Client.Connection;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Grpc;
using Muster.Protocol.V1;
using static Muster.Client.Tests.Discovery.Messages;

namespace Muster.Client.Tests.Discovery;

public sealed class WatchStepTests
{
    private static readonly ServiceKey s_service = ServiceKey.Default(Messages.Service);
    private readonly WatchStep _step = new(new Random(1));
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void TakeNext_NewStream_SubscribesToEachServiceOnce()
    {
        _step.Add(s_service);
        _step.Add(ServiceKey.Default("echo"));
        _step.Add(s_service);
        Assert.Null(_step.TakeNext(_now));
        _step.OnOpened();

        var sent = TakeAll();

        Assert.Equal(["calculator", "echo"], sent.Select(r => r.Subscribe.Service));
        Assert.All(sent, r => Assert.True(r.Subscribe.WithLoad && r.Subscribe.Resume is null));
    }

    [Fact]
    public void Add_StreamIsOpen_SubscribesOnIt()
    {
        _step.OnOpened();
        _step.Add(s_service);

        Assert.Equal("calculator", _step.TakeNext(_now)?.Subscribe.Service);
    }

    [Fact]
    public void OnReceived_HalfACommit_ShowsNothingUntilItsEnd()
    {
        Open();
        Show(Snapshot(last: true, "a", "b"), Progress(1));

        Assert.Null(Receive(Removed("a")).View);
        Assert.Null(Receive(Upserted("c")).View);
        var soft = Receive(Soft("b", Protocol.V1.Liveness.Timeout));
        var end = Receive(Progress(2));

        // Soft state may show at once, but not what is only half here.
        Assert.Equal(["a", "b"], soft.View!.Instances.Select(i => i.Id));
        Assert.Equal(["b", "c"], end.View!.Instances.Select(i => i.Id));
        Assert.Equal(new Revision(2), end.Reached);
    }

    [Fact]
    public void OnReceived_SnapshotInParts_ShowsTheWhole()
    {
        Open();
        Assert.Null(Receive(Snapshot(last: false, "a")).View);
        Assert.Null(Receive(Snapshot(last: true, "b")).View);

        Assert.Equal(["a", "b"], Receive(Progress(1)).View!.Instances.Select(i => i.Id));
    }

    [Fact]
    public void OnReceived_StreamLostAmidASnapshot_ForgetsTheHalf()
    {
        Open();
        Receive(Snapshot(last: false, "gone"));
        _step.OnLost();
        Open();

        Assert.Equal(["a"], Show(Snapshot(last: true, "a"), Progress(1)).Instances.Select(i => i.Id));
    }

    [Fact]
    public void OnReceived_StreamLostAmidACommit_ForgetsTheHalf()
    {
        Open();
        Show(Snapshot(last: true, "a"), Progress(1));
        Receive(Removed("a"));
        _step.OnLost();
        Open();

        Assert.Equal(["a"], Receive(Progress(1)).View!.Instances.Select(i => i.Id));
    }

    [Fact]
    public void TakeNext_StreamLostAfterProgress_ResumesThere()
    {
        Open();
        Show(Snapshot(last: true, "a"), Progress(41));
        Receive(Upserted("b"));
        _step.OnLost();
        Assert.Null(_step.TakeNext(_now));
        _step.OnOpened();

        var resume = Assert.Single(TakeAll()).Subscribe.Resume;

        Assert.Equal(("store-1", 41ul), (resume.StoreId, resume.Revision));
    }

    [Fact]
    public void OnReceived_OtherStoreAfterTheResume_TakesItsSnapshotAlthoughItIsOlder()
    {
        Open();
        Show(Snapshot(last: true, "a", "b"), Progress(41));
        _step.OnLost();
        Open();

        var view = Show(Snapshot(last: true, "b"), Progress(3, "store-2"));

        Assert.Equal((new Revision(3), "b"), (view.Revision, Assert.Single(view.Instances).Id));
    }

    [Fact]
    public void OnHandled_Revision_IsAcknowledgedForItsService()
    {
        Open();
        Receive(Snapshot(last: true, "a"));
        var outcome = Receive(Progress(5));
        Assert.Empty(TakeAll());
        _step.OnHandled(outcome.Service, outcome.Reached!.Value);

        var ack = Assert.Single(TakeAll()).Ack;

        Assert.Equal((5ul, "default", "calculator"), (ack.Revision, ack.Namespace, ack.Service));
    }

    [Fact]
    public void OnHandled_NewerRevisionBeforeTheOldWasSent_IsAcknowledgedInItsPlace()
    {
        Open();
        _step.OnHandled(s_service, new Revision(5));
        _step.OnHandled(s_service, new Revision(6));

        Assert.Equal([6ul], TakeAll().Select(r => r.Ack.Revision));
    }

    [Fact]
    public void OnHandled_AfterTheStreamWasLost_IsNotAcknowledgedOnTheNext()
    {
        Open();
        _step.OnHandled(s_service, new Revision(5));
        _step.OnLost();
        _step.OnHandled(s_service, new Revision(6));
        _step.OnOpened();

        Assert.DoesNotContain(TakeAll(), r => r.Ack is not null);
    }

    [Fact]
    public void OnReceived_Fault_RetriesWithBackoffAndKeepsTheView()
    {
        Open();
        Show(Snapshot(last: true, "a"), Progress(1));
        var outcome = Receive(Fault(StatusCode.ResourceExhausted, "too many"));
        Assert.Equal(("too many", null), (outcome.Fault?.Message, outcome.View));
        Assert.Empty(TakeAll());
        var retryAt = _step.WakeAt!.Value;
        Assert.InRange(retryAt - _now, TimeSpan.Zero, Backoff.FirstDelayMax);

        _now = retryAt;
        Assert.Equal(1ul, Assert.Single(TakeAll()).Subscribe.Resume.Revision);
        Receive(Fault(StatusCode.ResourceExhausted, "too many"));
        Assert.InRange((_step.WakeAt!.Value - _now).TotalSeconds, 0, 1.6);
    }

    [Fact]
    public void OnReceived_InstanceThatBreaksABound_IsLeftOutAndSaid()
    {
        Open();
        var bad = Instance("b", weight: 0);
        var outcome = Receive(new WatchResponse
        {
            Service = Messages.Service, Snapshot = new Snapshot { Last = true, Instances = { Instance("a"), bad } },
        });

        Assert.Equal("weight", outcome.Dropped?.Field);
        Assert.Equal(["a"], Receive(Progress(1)).View!.Instances.Select(i => i.Id));
    }

    [Fact]
    public void OnReceived_InstanceWithoutEndpoints_IsLeftOut()
    {
        Open();
        Show(Snapshot(last: true, "a"), Progress(1));
        var bad = Instance("b");
        bad.Endpoints.Clear();

        Assert.Equal("endpoints", Receive(new WatchResponse { Service = Messages.Service, Upserted = bad }).Dropped?.Field);
        Assert.Single(Receive(Progress(2)).View!.Instances);
    }

    [Fact]
    public void OnReceived_InstanceOfAnotherService_IsLeftOut()
    {
        Open();
        var foreign = Instance("b");
        foreign.Service = "echo";

        Assert.Equal("service", Receive(new WatchResponse { Service = Messages.Service, Upserted = foreign }).Dropped?.Field);
    }

    [Fact]
    public void OnReceived_SameIdTwiceInASnapshot_TakesOne()
    {
        Open();

        Assert.Single(Show(Snapshot(last: true, "a", "a"), Progress(1)).Instances);
    }

    [Fact]
    public void OnReceived_ServiceNobodyWatches_IsPassedOver()
    {
        Open();

        Assert.Equal(default, Receive(new WatchResponse { Service = "echo", ServiceUnknown = new ServiceUnknown() }));
        Assert.Equal(default, Receive(new WatchResponse()));
    }

    [Fact]
    public void OnReceived_ProgressWithoutToken_IsPassedOver()
    {
        Open();

        Assert.Null(Receive(new WatchResponse { Service = Messages.Service, Progress = new Progress() }).Reached);
    }

    [Fact]
    public void OnReceived_UnknownThenKnownThenEmpty_KeepsTheThreeApart()
    {
        Open();

        Assert.Equal(ServiceKnowledge.Unknown, Show(Unknown(), Progress(1)).Knowledge);
        Assert.Equal(ServiceKnowledge.Known, Show(Upserted("a"), Progress(2)).Knowledge);
        var empty = Show(Removed("a"), Progress(3));
        Assert.Equal((ServiceKnowledge.Known, 0), (empty.Knowledge, empty.Instances.Length));
    }

    [Fact]
    public void OnReceived_SoftState_StampsDecideAndAgesCountFromNow()
    {
        Open();
        Show(Snapshot(last: true, "a"), Progress(1));
        Receive(Soft("a", Protocol.V1.Liveness.Timeout, sequence: 5));

        Assert.Null(Receive(Soft("a", Protocol.V1.Liveness.Alive, sequence: 4)).View);
        var newer = Soft("a", Protocol.V1.Liveness.Alive, sequence: 6);
        newer.Soft.States[0].Load = new Protocol.Orca.OrcaLoadReport { CpuUtilization = 0.5 };
        newer.Soft.States[0].LoadAgeMs = 1500;
        var state = Assert.Single(Receive(newer).View!.Instances).Soft;

        Assert.Equal((Core.Model.Liveness.Alive, 0.5), (state.Liveness, state.Load?.CpuUtilization));
        Assert.Equal(_now - TimeSpan.FromMilliseconds(1500), state.LoadAt);
    }

    private void Open()
    {
        _step.Add(s_service);
        _step.OnOpened();
        TakeAll();
    }

    private WatchOutcome Receive(WatchResponse message) => _step.OnReceived(message, _now);

    private ServiceView Show(params WatchResponse[] messages) => messages.Select(Receive).ToList()[^1].View!;

    private List<WatchRequest> TakeAll()
    {
        var all = new List<WatchRequest>();
        while (_step.TakeNext(_now) is { } request)
        {
            all.Add(request);
        }

        return all;
    }
}
