using System.Collections.Concurrent;
using System.Collections.Immutable;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

/// <summary>A directory whose answers the test gives.</summary>
internal sealed class FakeDirectory : IServiceDirectory
{
    private readonly ConcurrentDictionary<ServiceKey, FakeWatch> _watches = new();

    public event Action<bool>? StaleChanged;

    public bool IsStale { get; private set; }

    public TimeSpan? SinceLastContact { get; set; }

    public void BecomeStale()
    {
        IsStale = true;
        StaleChanged?.Invoke(true);
    }

    public FakeWatch Watch(string service) => (FakeWatch)Watch(ServiceKey.Default(service));

    public IServiceWatch Watch(ServiceKey service) => _watches.GetOrAdd(service, static key => new FakeWatch(key));
}

internal sealed class FakeWatch(ServiceKey service) : IServiceWatch
{
    private readonly TaskCompletionSource<ServiceView> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ServiceView _current = ServiceView.Pending(service);

    public event Action<ServiceView>? Changed;

    public ServiceKey Service => service;

    public ServiceView Current => _current;

    public bool HasFollower => Changed is not null;

    public Task<ServiceView> FirstViewAsync(CancellationToken cancellationToken) => _first.Task.WaitAsync(cancellationToken);

    public void Show(params InstanceView[] instances) => Show(ServiceKnowledge.Known, instances);

    public void ShowUnknown() => Show(ServiceKnowledge.Unknown, []);

    /// <summary>Shows instances as they are read from disk.</summary>
    public void ShowKept(TimeSpan age, params InstanceView[] instances) => Show(ServiceKnowledge.Known, instances, age);

    private void Show(ServiceKnowledge knowledge, InstanceView[] instances, TimeSpan? diskAge = null)
    {
        var ordered = instances.OrderBy(i => i.Id, StringComparer.Ordinal).ToImmutableArray();
        _current = new ServiceView(service, knowledge, _current.Revision.Next, ordered) { DiskAge = diskAge };
        _first.TrySetResult(_current);
        Changed?.Invoke(_current);
    }
}
