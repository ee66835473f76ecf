using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Client.Discovery;
using Muster.Client.Http;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Picking;

/// <summary>The instances of one service as this client calls them, and the balancers that pick among them.</summary>
/// <remarks>
/// Thread-safe. Follows its watch: when the watch's <see cref="IServiceWatch.Changed"/> has returned, every pick sees the new
/// view. The registry is told so only after that, which is what its drain barrier rests on.
/// <para>It has no timer: what time alone changes (a circuit whose time is over, an interval of outlier detection) is looked at by the
/// first pick that comes after it.</para>
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
    private readonly FleetSettings _settings;
    private readonly CallNews? _news;
    private readonly OutlierSweep _sweep;
    private readonly RecentReports _recent = new();
    private readonly Seldom _shadowReports = new(TimeSpan.FromSeconds(10));
    private readonly Dictionary<BalancerKey, Balancer> _balancers = [];
    private Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private volatile Roster _roster;
    private TimeSpan _relievedUntil = TimeSpan.MaxValue;
    private LatencyDigest? _latency;
    private volatile bool _disposed;

    /// <param name="watch">Shows the service.</param>
    /// <param name="directory">Where the watch comes from.</param>
    /// <param name="settings">What all fleets share.</param>
    /// <param name="news">Who is told that there is something new about calls; null where nobody wants to know.</param>
    public Fleet(IServiceWatch watch, IServiceDirectory directory, FleetSettings settings, CallNews? news = null)
    {
        _news = news;
        _watch = watch;
        _settings = settings;
        Connections = settings.CreateConnections(watch.Service);
        Directory = directory;
        Budget = new CallBudget(TimeProvider.Now());
        _sweep = new OutlierSweep(settings.Ejection, settings.Random);
        _sweep.Start(TimeProvider.Now());
        _roster = new Roster(ServiceView.Pending(watch.Service), []);
        Telemetry = new FleetTelemetry(this, settings.Metrics);
        Connections.Telemetry = Telemetry;
        ReportTrust.Doubted += length => Log.ReportsDoubted(settings.Log, Service, (int)length.TotalMinutes);
        watch.Changed += OnChanged;
        Refresh();
    }

    public ServiceKey Service => _watch.Service;

    public IServiceDirectory Directory { get; }

    public TimeProvider TimeProvider => _settings.TimeProvider;

    public PickRandom Random => _settings.Random;

    public EjectionOptions Ejection => _settings.Ejection;

    public FleetTelemetry Telemetry { get; }

    /// <summary>Makes the connections to its instances.</summary>
    public ConnectionFactory Connections { get; }

    /// <summary>What its calls may cost beyond one attempt each.</summary>
    public CallBudget Budget { get; }

    /// <summary>Whether its load reports are believed.</summary>
    public ReportTrust ReportTrust => _recent.Trust;

    /// <summary>How long its hedged calls take. Made with the first of them.</summary>
    public LatencyDigest Latency => LazyInitializer.EnsureInitialized(ref _latency, static () => new LatencyDigest());

    /// <summary>The service now.</summary>
    public Roster Roster => _roster;

    /// <summary>When something that concerns all balancers is due: outlier detection, or another look at newcomers.</summary>
    public TimeSpan ReviewAt => _sweep.DueAt < _relievedUntil ? _sweep.DueAt : _relievedUntil;

    /// <summary>The balancer for a demand; the same one for the same demand.</summary>
    /// <exception cref="InvalidOperationException">There are too many demands.</exception>
    public Balancer GetBalancer(BalancerKey key)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            if (_balancers.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_balancers.Count >= BalancersMax)
            {
                throw new InvalidOperationException(
                    $"Service '{Service}' is called with more than {BalancersMax} different balancing options; create handlers once, not per call.");
            }

            var balancer = new Balancer(this, key, _settings, () => CreatePolicy(key.Policy));
            ReselectLocked(balancer, _roster, TimeProvider.Now());
            _balancers.Add(key, balancer);
            return balancer;
        }
    }

    /// <summary>Throws where the client is disposed: there are no instances any more, and there will be none.</summary>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, typeof(MusterClient));

    /// <summary>Waits for the registry's first answer, and takes it.</summary>
    public async Task WaitFirstViewAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await _watch.FirstViewAsync(cancellationToken).WaitAsync(timeout, TimeProvider, cancellationToken).ConfigureAwait(false);

        // The watch may complete this wait before it tells of the change.
        Refresh();
    }

    /// <summary>Counts the end of an attempt, and sets the instance aside or takes it back by it.</summary>
    /// <param name="member">The instance.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="startedAt">When it began.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="isTimed">Whether its length says something of the instance.</param>
    public void OnEnded(Member member, AttemptResult result, TimeSpan startedAt, TimeSpan now, bool isTimed)
    {
        member.End(result, now, isTimed ? now - startedAt : null);
        if (result != AttemptResult.Cancelled)
        {
            _news?.OnCall();
        }

        switch (member.Breaker.OnEnded(result, startedAt, now, Random))
        {
            case BreakerChange.Opened:
                OnEjected(member, member.Breaker.Reason);
                Reconsider();
                break;
            case BreakerChange.Closed:
                OnCameBack(member);
                break;
            case BreakerChange.TrialAbandoned:
                _news?.OnBreaker();
                Reconsider();
                break;
            default:
                break;
        }
    }

    /// <summary>An instance answered.</summary>
    public void OnAnswered(Member member)
    {
        if (member.Breaker.OnAnswered())
        {
            OnCameBack(member);
        }
    }

    /// <summary>An instance could not be connected to.</summary>
    public void OnConnectFailed(Member member, Exception exception)
    {
        if (member.Breaker.OnConnectFailed(TimeProvider.Now(), Random))
        {
            Log.SetAside(_settings.Log, member.Id, Service, member.Address, exception.GetBaseException().Message);
            Telemetry.OnBreakerChanged(BreakerState.Open, BreakerReason.ConnectFailed);
            _news?.OnBreaker();
            Reconsider();
        }
    }

    /// <summary>An instance said with an answer that it is about to leave: it is not called any more, before the registry says so too. If
    /// the registry says anything else of it, or nothing for <see cref="Member.LeavingMax"/>, that counts again.</summary>
    public void OnLeaving(Member member)
    {
        if (member.OnLeaving(TimeProvider.Now()))
        {
            Reconsider();
        }
    }

    /// <summary>A policy that is only asked threw.</summary>
    public void OnShadowFailed(string policy, Exception exception)
    {
        if (_shadowReports.IsDue(TimeProvider.Now()))
        {
            Log.ShadowFailed(_settings.Log, exception, policy, Service);
        }
    }

    /// <summary>How the calls to each instance went, and how its circuit stands.</summary>
    public IReadOnlyList<InstanceHealth> Health(TimeSpan now)
    {
        var members = _roster.Members;
        var health = new InstanceHealth[members.Length];
        for (var i = 0; i < health.Length; i++)
        {
            var (totals, breaker) = (members[i].Window.Totals, members[i].Breaker.Read(now));
            health[i] = new InstanceHealth(
                members[i].Id, totals.Total, totals.Failures, breaker.State, BreakerReasons.Text(breaker.Reason), breaker.TrialIn);
        }

        return health;
    }

    /// <summary>Does what is due by now: looks for outliers, and chooses anew who may be picked.</summary>
    /// <param name="balancer">The balancer that found it due.</param>
    /// <param name="now">The time.</param>
    public void Review(Balancer balancer, TimeSpan now)
    {
        lock (_lock)
        {
            // Many calls may have found it due at once; the first has done it.
            if (!balancer.IsReviewDue(now))
            {
                return;
            }

            var found = _sweep.Run(_roster.Members, now);
            foreach (var outlier in found.Where(f => f.IsEnforced))
            {
                OnEjected(outlier.Member, outlier.Reason);
            }

            Telemetry.OnSwept(found);
            ReselectLocked(_roster, now);
        }
    }

    /// <summary>A call has become the trial of an instance: nobody else is to be sent there meanwhile.</summary>
    public void OnTrial()
    {
        Reconsider();
        _news?.OnBreaker();
    }

    /// <summary>Chooses anew who may be picked, because an instance was set aside or came back.</summary>
    public void Reconsider()
    {
        lock (_lock)
        {
            ReselectLocked(_roster, TimeProvider.Now());
        }
    }

    public void Dispose()
    {
        _watch.Changed -= OnChanged;
        lock (_lock)
        {
            _disposed = true;
            _roster = new Roster(ServiceView.Pending(Service), []);
            ReselectLocked(_roster, TimeProvider.Now());
            foreach (var member in _members.Values)
            {
                member.Retire();
            }

            _members.Clear();
        }
    }

    private IBalancingPolicy CreatePolicy(string name)
    {
        var policy = _settings.CreatePolicy(name);
        if (policy is WeightedRoundRobinPolicy weighted)
        {
            weighted.Updated += Telemetry.OnWeights;
        }

        return policy;
    }

    private void OnCameBack(Member member)
    {
        Log.CameBack(_settings.Log, member.Id, Service, member.Address);
        Telemetry.OnBreakerChanged(BreakerState.Closed, BreakerReason.None);
        _news?.OnBreaker();
        Reconsider();
    }

    private void OnEjected(Member member, BreakerReason reason)
    {
        Log.Ejected(_settings.Log, member.Id, Service, member.Address, reason);
        Telemetry.OnBreakerChanged(BreakerState.Open, reason);
        _news?.OnBreaker();
    }

    private void OnChanged(ServiceView view) => Refresh();

    private void Refresh()
    {
        lock (_lock)
        {
            // Who was told of a change, or waited for one, may come after the end.
            if (!_disposed)
            {
                // Read in here: of two threads that come at once, the second must not put back what the first has replaced.
                ApplyLocked(_watch.Current);
            }
        }
    }

    private void ApplyLocked(ServiceView view)
    {
        var (now, isFirst) = (TimeProvider.Now(), _roster.View is { Knowledge: ServiceKnowledge.Pending } or { DiskAge: not null });
        var (gone, members) = (_members, new Dictionary<string, Member>(view.Instances.Length, StringComparer.Ordinal));
        var ordered = ImmutableArray.CreateBuilder<Member>(view.Instances.Length);
        foreach (var instance in view.Instances)
        {
            var member = TakeLocked(gone, instance.Record) ?? Add(instance.Record, isFirst, now);
            if (instance.Soft.Load is { } load)
            {
                member.Statistics.OnCarriedReport(load, instance.Soft.LoadAt);
            }

            members.Add(instance.Id, member);
            ordered.Add(member);
        }

        _members = members;
        var roster = new Roster(view, ordered.MoveToImmutable());
        ReselectLocked(roster, now);

        // After the selections: a call that finds nobody asks the roster why, and must not be told of instances that it could not have
        // picked yet.
        _roster = roster;

        // Last: whoever is refused by a retired member picks again, and must find the new selection.
        foreach (var member in gone.Values)
        {
            member.Retire();
        }
    }

    // What is left in the known ones afterwards has gone.
    private static Member? TakeLocked(Dictionary<string, Member> known, InstanceRecord record)
    {
        if (!known.TryGetValue(record.Key.Id, out var member) || !member.IsAt(record))
        {
            return null;
        }

        known.Remove(record.Key.Id);
        member.Update(record);
        return member;
    }

    // Those of the registry's first view were there before this process was: it is the newcomer, not they.
    private Member Add(InstanceRecord record, bool isFirst, TimeSpan now)
    {
        var ramp = isFirst || _settings.SlowStart is not { } length ? null : new NewcomerRamp(now, length);
        return new Member(record, new InstanceStatistics(_recent, ramp), _settings.Ejection, Connections)
        {
            ConnectFailed = OnConnectFailed,
        };
    }

    private void ReselectLocked(Roster roster, TimeSpan now)
    {
        _relievedUntil = NewcomerRelief.Apply(roster, now) ? now + NewcomerRelief.Period : TimeSpan.MaxValue;
        foreach (var balancer in _balancers.Values)
        {
            ReselectLocked(balancer, roster, now);
        }
    }

    // A policy that nobody follows must not keep the others from the news.
    private void ReselectLocked(Balancer balancer, Roster roster, TimeSpan now)
    {
        try
        {
            balancer.ReselectLocked(roster, now);
        }
        catch (Exception e) when (balancer.Key.IsShadow)
        {
            balancer.ClearLocked();
            OnShadowFailed(balancer.Key.Policy, e);
        }
    }
}
