using Muster.Core.Fanout;
using Muster.Core.Model;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Fanout;

public class WatcherQueueTests
{
    private readonly WatcherQueue<string> _queue = new();

    [Fact]
    public void TryTake_NewSubscription_AsksForASnapshotThenSoftState()
    {
        _queue.Subscribe(Service, withLoad: false, resumeAt: null);

        Assert.Equal(DeliveryKind.Snapshot, Take().Kind);
        _queue.SnapshotTaken(Service, new Revision(3));
        Assert.Equal(DeliveryKind.SoftComplete, Take().Kind);
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void AddRecord_ThatTheSnapshotShowed_IsNotSentAgain()
    {
        Settle(new Revision(3));

        _queue.AddRecord(Service, "a", new Revision(3), "old");
        Assert.False(_queue.TryTake(out _));

        _queue.AddRecord(Service, "a", new Revision(4), "new");
        var delivery = Take();
        Assert.Equal(["new"], delivery.Payloads);
        Assert.Equal(new Revision(4), delivery.Revision);
    }

    [Fact]
    public void AddRecord_SameInstanceTwice_KeepsTheNewestAtTheTail()
    {
        Settle(new Revision(1));
        _queue.AddRecord(Service, "a", new Revision(2), "a2");
        _queue.AddRecord(Service, "b", new Revision(3), "b3");
        _queue.AddRecord(Service, "a", new Revision(4), "a4");

        Assert.Equal(["b3", "a4"], Take().Payloads);
    }

    [Fact]
    public void AddRecord_TooFarBehind_GetsANewSnapshotAndNothingOlder()
    {
        Settle(new Revision(1));
        for (var i = 0; i <= Limits.WatcherQueueEventsMax; i++)
        {
            _queue.AddRecord(Service, $"i{i}", new Revision((ulong)i + 2), "x");
        }

        Assert.Equal(DeliveryKind.Snapshot, Take().Kind);
        _queue.SnapshotTaken(Service, new Revision(5000));
        _queue.AddRecord(Service, "late", new Revision(4999), "shown by the snapshot");
        Assert.Equal(DeliveryKind.SoftComplete, Take().Kind);
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void Subscribe_WithResume_SendsProgressEvenIfNothingWasMissed()
    {
        _queue.Subscribe(Service, withLoad: false, resumeAt: new Revision(9));

        Assert.Equal(DeliveryKind.SoftComplete, Take().Kind);
        var delivery = Take();
        Assert.Equal(DeliveryKind.Records, delivery.Kind);
        Assert.Empty(delivery.Payloads);
        Assert.Equal(new Revision(9), delivery.Revision);
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void AddLoad_NotAskedFor_IsDropped()
    {
        Settle(new Revision(1));

        _queue.AddLoad(Service, "a", "load");

        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void AddSoft_TooFarBehind_IsReplacedByTheCompleteState()
    {
        Settle(new Revision(1));
        for (var i = 0; i <= Limits.WatcherQueueEventsMax; i++)
        {
            _queue.AddSoft(Service, $"i{i}", "x");
        }

        Assert.Equal(DeliveryKind.SoftComplete, Take().Kind);
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void TryTake_BusyAndQuietService_TakeTurns()
    {
        var quiet = ServiceKey.Default("quiet");
        Settle(new Revision(1));
        Settle(new Revision(1), quiet);
        _queue.AddSoft(Service, "a", "soft");
        _queue.AddRecord(Service, "a", new Revision(2), "record");
        _queue.AddRecord(quiet, "q", new Revision(2), "quiet");

        Assert.Equal(Service, Take().Service);
        Assert.Equal(quiet, Take().Service);
        Assert.Equal(Service, Take().Service);
    }

    [Fact]
    public void StartOver_EverySubscription_BeginsWithASnapshotAndDropsWhatWasQueued()
    {
        var quiet = ServiceKey.Default("quiet");
        Settle(new Revision(1));
        Settle(new Revision(1), quiet);
        _queue.AddRecord(Service, "a", new Revision(2), "of the old records");

        _queue.StartOver();

        var snapshots = new[] { Take(), Take() };
        Assert.All(snapshots, d => Assert.Equal(DeliveryKind.Snapshot, d.Kind));
        Assert.Equal([Service, quiet], snapshots.Select(d => d.Service).OrderBy(s => s, ServiceKey.Order));
        _queue.SnapshotTaken(Service, new Revision(3));
        _queue.SnapshotTaken(quiet, new Revision(3));
        Assert.Equal([DeliveryKind.SoftComplete, DeliveryKind.SoftComplete], new[] { Take().Kind, Take().Kind });
        Assert.False(_queue.TryTake(out _));
    }

    [Fact]
    public void Unsubscribe_WithQueuedWork_SendsNothingMore()
    {
        Settle(new Revision(1));
        _queue.AddRecord(Service, "a", new Revision(2), "x");

        _queue.Unsubscribe(Service);

        Assert.False(_queue.TryTake(out _));
        Assert.Equal(0, _queue.Count);
    }

    private void Settle(Revision revision, ServiceKey? service = null)
    {
        _queue.Subscribe(service ?? Service, withLoad: false, resumeAt: null);
        Take();
        _queue.SnapshotTaken(service ?? Service, revision);
        Take();
    }

    private Delivery<string> Take()
    {
        Assert.True(_queue.TryTake(out var delivery));
        return delivery.Value;
    }
}
