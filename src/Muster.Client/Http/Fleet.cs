using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Client.Discovery;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Http;

/// <summary>The instances of one service as this client calls them, and the balancers that pick among them.</summary>
/// <remarks>
/// Thread-safe. Follows its watch: when the watch's <see cref="IServiceWatch.Changed"/> has returned, every pick sees the new
/// view. The registry is told so only after that, which is what its drain barrier rests on.
/// </remarks>
internal sealed class Fleet : IDisposable
{
    /// <summary>Different demands (policy, selector, endpoint, scheme, timeout) that handlers may make of one service. They are
    /// written in code or configuration; whoever makes more of them makes one per call.</summary>
    public const int BalancersMax = 256;

    // Guards the members and the balancers, and orders selections: two threads that choose at the same time could otherwise
    // publish the older choice last.
    private readonly Lock _lock = new();
    private readonly IServiceWatch _watch;
    private readonly Dictionary<BalancerKey, Balancer> _balancers = [];
    private Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private volatile Roster _roster;

    public Fleet(IServiceWatch watch, IServiceDirectory directory, TimeProvider timeProvider, PickRandom random)
    {
        _watch = watch;
        Directory = directory;
        TimeProvider = timeProvider;
        Random = random;
        _roster = new Roster(ServiceView.Pending(watch.Service), []);
        watch.Changed += OnChanged;
        Refresh();
    }

    public ServiceKey Service => _watch.Service;

    public IServiceDirectory Directory { get; }

    public TimeProvider TimeProvider { get; }

    public PickRandom Random { get; }

    /// <summary>The service now.</summary>
    public Roster Roster => _roster;

    /// <summary>The balancer for a demand; the same one for the same demand.</summary>
    /// <exception cref="InvalidOperationException">There are too many demands.</exception>
    public Balancer GetBalancer(BalancerKey key, MetadataSelector selector)
    {
        lock (_lock)
        {
            if (_balancers.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_balancers.Count >= BalancersMax)
            {
                throw new InvalidOperationException(
                    $"Service '{Service}' is called with more than {BalancersMax} different balancing options; create handlers once, not per call.");
            }

            if (!BuiltInPolicies.TryCreate(key.Policy, Random, out var policy))
            {
                throw new ArgumentException($"There is no policy '{key.Policy}'.", nameof(key));
            }

            var balancer = new Balancer(this, key, selector, policy);
            balancer.ReselectLocked(_roster, TimeProvider.Now());
            _balancers.Add(key, balancer);
            return balancer;
        }
    }

    /// <summary>Waits for the registry's first answer, and takes it.</summary>
    public async Task WaitFirstViewAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await _watch.FirstViewAsync(cancellationToken).WaitAsync(timeout, TimeProvider, cancellationToken).ConfigureAwait(false);

        // The watch may complete this wait before it tells of the change.
        Refresh();
    }

    /// <summary>Chooses anew who may be picked, because an instance was set aside or came back.</summary>
    public void Reconsider()
    {
        lock (_lock)
        {
            ReselectLocked();
        }
    }

    public void Dispose()
    {
        _watch.Changed -= OnChanged;
        lock (_lock)
        {
            _roster = new Roster(ServiceView.Pending(Service), []);
            ReselectLocked();
            foreach (var member in _members.Values)
            {
                member.Retire();
            }

            _members.Clear();
        }
    }

    private void OnChanged(ServiceView view) => Refresh();

    private void Refresh()
    {
        lock (_lock)
        {
            // Read in here: of two threads that come at once, the second must not put back what the first has replaced.
            ApplyLocked(_watch.Current);
        }
    }

    private void ApplyLocked(ServiceView view)
    {
        var (gone, members) = (_members, new Dictionary<string, Member>(view.Instances.Length, StringComparer.Ordinal));
        var ordered = ImmutableArray.CreateBuilder<Member>(view.Instances.Length);
        foreach (var instance in view.Instances)
        {
            var member = TakeLocked(gone, instance.Record);
            if (instance.Soft.Load is { } load)
            {
                member.Statistics.OnReport(load, instance.Soft.LoadAt);
            }

            members.Add(instance.Id, member);
            ordered.Add(member);
        }

        _members = members;
        _roster = new Roster(view, ordered.MoveToImmutable());
        ReselectLocked();

        // Last: whoever is refused by a retired member picks again, and must find the new selection.
        foreach (var member in gone.Values)
        {
            member.Retire();
        }
    }

    // What is left in the known ones afterwards has gone.
    private static Member TakeLocked(Dictionary<string, Member> known, InstanceRecord record)
    {
        if (!known.TryGetValue(record.Key.Id, out var member) || !member.IsAt(record))
        {
            return new Member(record);
        }

        known.Remove(record.Key.Id);
        member.Update(record);
        return member;
    }

    private void ReselectLocked()
    {
        var now = TimeProvider.Now();
        foreach (var balancer in _balancers.Values)
        {
            balancer.ReselectLocked(_roster, now);
        }
    }
}
