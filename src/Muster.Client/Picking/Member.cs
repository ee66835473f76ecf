using System.Diagnostics.CodeAnalysis;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Picking;

/// <summary>One instance of a service as this client calls it: its statistics, its circuit breaker and its connections.</summary>
/// <remarks>Thread-safe. Lives while the instance is listed at its address; its connections close when it has left the list
/// and its last call has ended.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and nothing to give back; what listens to it may outlive the member.")]
internal sealed class Member
{
    /// <summary>How long an instance is not probed that does not answer probes.</summary>
    public static readonly TimeSpan ProbePause = TimeSpan.FromMinutes(10);

    /// <summary>How long an instance that says itself that it leaves is believed more than the registry.</summary>
    public static readonly TimeSpan LeavingMax = TimeSpan.FromSeconds(10);

    private readonly InstanceRecord _record;
    private readonly ConnectionFactory _connectionFactory;
    private readonly Lock _lock = new();
    private readonly List<InstanceConnections> _connections = [];
    private volatile bool _retired;
    private long _probesFromTicks = long.MinValue;
    private readonly CancellationTokenSource _retirement = new();
    private int _hasReports;

    // Ticks; written by who hears of it and by new views, read by selections.
    private long _leavesUntilTicks = long.MinValue;

    // The record that the registry showed last. Under the fleet's lock.
    private Revision _revision;
    private bool _closed;

    public Member(InstanceRecord record, InstanceStatistics statistics, EjectionOptions ejection, ConnectionFactory connections)
    {
        _record = record;
        _connectionFactory = connections;
        _revision = record.Revision;
        Address = record.Address;
        Statistics = statistics;
        Breaker = new CircuitBreaker(ejection);
        Candidate = new Candidate(record.Key.Id, record.Weight, record.Zone, statistics);
    }

    /// <summary>Told when it could not be connected to, whether or not a call still waits for that: where callers have less patience than
    /// connects, none of them would ever tell.</summary>
    public Action<Member, Exception>? ConnectFailed { get; init; }

    public string Id => _record.Key.Id;

    public string Address { get; }

    public string Host => _record.Host;

    public InstanceStatistics Statistics { get; }

    public CircuitBreaker Breaker { get; }

    /// <summary>How its calls went since outlier detection looked last.</summary>
    public CallWindow Window { get; } = new();

    /// <summary>How often it was an outlier lately. Outlier detection's own, under the fleet's lock.</summary>
    public int Ejections { get; set; }

    /// <summary>What policies see of it. Replaced, under the fleet's lock, when the weight or the zone changes.</summary>
    public Candidate Candidate { get; private set; }

    /// <summary>Whether a record describes the same process at the same place; if not, what is known of it says nothing.</summary>
    public bool IsAt(InstanceRecord other) => _record.Host == other.Host && _record.Endpoints.SequenceEqual(other.Endpoints);

    /// <summary>Takes a newer record of the same place.</summary>
    public void Update(InstanceRecord newer)
    {
        if (newer.Revision != _revision)
        {
            // The registry's word on this very instance, and later than its own.
            _revision = newer.Revision;
            Volatile.Write(ref _leavesUntilTicks, long.MinValue);
        }

        if (newer.Weight != Candidate.Weight || newer.Zone != Candidate.Zone)
        {
            Candidate = Candidate with { Weight = newer.Weight, Zone = newer.Zone };
        }
    }

    /// <summary>The connections to an endpoint; null if the instance has no such endpoint, or is closed.</summary>
    /// <param name="name">The endpoint's name; null is the default one.</param>
    /// <param name="scheme">The scheme that the request speaks: the endpoint must speak it too.</param>
    /// <param name="connectTimeout">How long a connection may take to be made.</param>
    public InstanceConnections? ConnectionsTo(string? name, string scheme, TimeSpan connectTimeout)
    {
        var endpoint = name is null ? _record.Default : Find(name);
        if (endpoint is null || endpoint.Scheme != scheme)
        {
            return null;
        }

        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            var existing = _connections.Find(c => c.Endpoint == endpoint && c.ConnectTimeout == connectTimeout);
            if (existing is null)
            {
                existing = _connectionFactory.Create(
                    _record.Host, endpoint, connectTimeout, e => ConnectFailed?.Invoke(this, e));
                _connections.Add(existing);
            }

            return existing;
        }
    }

    /// <summary>Counts a call to it.</summary>
    /// <returns>False if it has left the list: pick again, from what is listed now.</returns>
    public bool TryBegin()
    {
        // Counted before the flag is read, while Retire sets the flag before it reads the count: whichever of the two comes
        // second sees the other, so no call ever runs on connections that have been closed.
        Statistics.OnSent();
        if (!_retired)
        {
            return true;
        }

        Withdraw();
        return false;
    }

    /// <summary>Takes back a call that was counted and not sent.</summary>
    public void Withdraw() => CloseIfLast(Statistics.OnWithdrawn());

    /// <summary>Counts the end of a call.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="now">When.</param>
    /// <param name="latency">How long it took; null where that says nothing of the instance.</param>
    public void End(AttemptResult result, TimeSpan now, TimeSpan? latency)
    {
        Window.Add(result, latency);
        CloseIfLast(Statistics.OnEnded(result, now, latency));
    }

    /// <summary>Until when it is left alone because it said that it leaves; null if it did not, or long ago.</summary>
    public TimeSpan? LeavesUntil(TimeSpan now) =>
        Volatile.Read(ref _leavesUntilTicks) is var until && until > now.Ticks ? TimeSpan.FromTicks(until) : null;

    /// <summary>It said that it leaves.</summary>
    /// <returns>Whether that is news.</returns>
    public bool OnLeaving(TimeSpan now)
    {
        var known = Volatile.Read(ref _leavesUntilTicks);
        return known <= now.Ticks && Interlocked.CompareExchange(ref _leavesUntilTicks, (now + LeavingMax).Ticks, known) == known;
    }

    /// <summary>Whether it answers probes, as far as is known.</summary>
    public bool MayProbe(TimeSpan now) => now.Ticks >= Volatile.Read(ref _probesFromTicks);

    /// <summary>A probe was answered, in a way that shows a load or in another.</summary>
    public void OnProbed(bool showsLoad, TimeSpan now)
    {
        if (!showsLoad)
        {
            Volatile.Write(ref _probesFromTicks, (now + ProbePause).Ticks);
        }
    }

    /// <summary>Fires when it has left the list.</summary>
    public CancellationToken Retired => _retirement.Token;

    /// <summary>Claims its stream of load reports.</summary>
    /// <returns>Whether the caller is the one who listens.</returns>
    public bool TryBeginReports() => Volatile.Read(ref _hasReports) == 0 && Interlocked.Exchange(ref _hasReports, 1) == 0;

    /// <summary>Takes it out for good.</summary>
    public void Retire()
    {
        _retired = true;
        _retirement.Cancel();
        Interlocked.MemoryBarrier();
        CloseIfLast(Statistics.InFlight);
    }

    private void CloseIfLast(int inFlight)
    {
        if (inFlight == 0 && _retired)
        {
            Close();
        }
    }

    private Endpoint? Find(string name)
    {
        foreach (var endpoint in _record.Endpoints)
        {
            if (endpoint.Name == name)
            {
                return endpoint;
            }
        }

        return null;
    }

    private void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var connections in _connections)
            {
                connections.Dispose();
            }

            _connections.Clear();
        }
    }
}
