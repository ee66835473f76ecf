using Muster.Core;
using Muster.Protocol.V1;

namespace Muster.Client.Registration;

/// <summary>What a session stream does: opens or resumes the lease, announces its instances, renews and reports, and makes
/// of each answer what it means for an instance. A step: it takes the time and does no I/O.</summary>
/// <remarks>Not thread-safe. Requests without an answer are bounded by <see cref="Limits.SessionRequestsInFlightMax"/>.
/// <code>
/// Closed  -- stream opens ----> Opening  (Open is sent, with the lease if there is one)
/// Opening -- Opened ----------> Open     (not resumed: every instance is announced anew)
/// any     -- stream lost -----> Closed   (instances are pending; the lease is kept to resume it)
/// any     -- lease unknown ---> Closed   (the lease is forgotten; the next stream opens a new one)
/// </code></remarks>
internal sealed partial class SessionStep(string clientName)
{
    /// <summary>Reports that are asked for within this time of the last one wait for its end.</summary>
    public static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(50);

    // A commit may wait for a slow disk; a renewal touches none.
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(10);

    // 256 reports of at most some 2 KiB stay under the 4 MiB message limit.
    private const int ReportsPerMessageMax = 256;

    private readonly List<SessionEntry> _entries = [];

    // Instances that may have something to send; who has nothing is dropped from it when its turn comes.
    private readonly HashSet<SessionEntry> _dirty = [];

    // Listed instances whose load and health are to go out.
    private readonly HashSet<SessionEntry> _reporting = [];
    private readonly Dictionary<ulong, Request> _inFlight = [];
    private readonly List<SessionEffect> _effects = [];
    private Phase _phase;
    private bool _isOpenSent;
    private ulong _lease;
    private string _storeId = "";
    private TimeSpan _ttl = Limits.TtlDefault;
    private TimeSpan _renewAt;
    private TimeSpan _reportedAt = TimeSpan.MinValue;
    private ulong _requestId;
    private string? _detectedHost;
    private bool _isUrgent;
    private bool _isPinged;
    private string? _over;

    private enum Phase
    {
        Closed,
        Opening,
        Open,
    }

    /// <summary>Whether there is any instance to keep, or to take back.</summary>
    public bool IsWanted => _entries.Count > 0;

    /// <summary>The node that the session was sent to; null means the configured registry.</summary>
    public string? Address { get; private set; }

    /// <summary>The instances.</summary>
    public IReadOnlyList<SessionEntry> Entries => _entries;

    /// <summary>How long the first try after a loss may wait: a tenth of the lease, of which two thirds are left at the least. A
    /// connection that broke alone is then back well before the lease runs out, however short it is.</summary>
    public TimeSpan FirstDelayMax => _ttl / 10;

    private TimeSpan RenewInterval => _ttl / 3;

    /// <summary>Adds an instance.</summary>
    public void Add(SessionEntry entry)
    {
        if (_detectedHost is { } host && _phase == Phase.Open)
        {
            entry.Detected(host, isNewLease: true);
        }

        entry.IsLive = true;
        _entries.Add(entry);
        _dirty.Add(entry);
    }

    /// <summary>Changes what is wanted of an instance.</summary>
    /// <returns>The version that says so once it is acknowledged, which it never is if the instance has ended.</returns>
    public int SetIntent(SessionEntry entry, Core.Model.Intent intent)
    {
        entry.Want(intent);
        if (entry.IsLive)
        {
            _dirty.Add(entry);
        }

        return entry.IntentVersion;
    }

    /// <summary>Takes an instance back; without effect if it has ended.</summary>
    public void Deregister(SessionEntry entry)
    {
        if (!entry.IsLive)
        {
            return;
        }

        entry.Unwant();
        _dirty.Add(entry);

        // Sent behind the deregistration, a report would be of an instance that the registry does not have any more.
        _reporting.Remove(entry);

        // A process that is about to exit cannot wait for a back-off.
        _isUrgent = _phase == Phase.Closed;
        EndIfTakenBack(entry);
    }

    /// <summary>Asks for a report of the instance. One that is not listed reports as soon as it is, without being asked.</summary>
    /// <returns>Whether no report was waiting.</returns>
    public bool ReportSoon(SessionEntry entry) =>
        _phase == Phase.Open && IsReporting(entry) && _reporting.Add(entry) && _reporting.Count == 1;

    /// <summary>When there is something to send, or the stream is over, by time alone; null is never.</summary>
    public TimeSpan? WakeAt(TimeSpan now)
    {
        if (_phase == Phase.Closed)
        {
            return null;
        }

        TimeSpan? wake = _phase == Phase.Open ? _renewAt : null;
        foreach (var request in _inFlight.Values)
        {
            wake = Earlier(wake, request.AnswerBy);
        }

        foreach (var entry in _dirty)
        {
            wake = Earlier(wake, entry.RetryAt);
        }

        return _reporting.Count > 0 ? Earlier(wake, ReportAt(now)) : wake;
    }

    /// <summary>Why the stream is to end; null lets it live.</summary>
    public string? CheckOver(TimeSpan now)
    {
        foreach (var request in _inFlight.Values)
        {
            if (request.AnswerBy <= now)
            {
                _over ??= $"no answer to {request.Kind}";
            }
        }

        return _over;
    }

    /// <summary>Whether something cannot wait for the back-off; asking takes the wish away.</summary>
    public bool TakeUrgency()
    {
        var isUrgent = _isUrgent;
        _isUrgent = false;
        return isUrgent;
    }

    /// <summary>What has happened since the last call, in its order.</summary>
    public IReadOnlyList<SessionEffect> TakeEffects()
    {
        if (_effects.Count == 0)
        {
            return [];
        }

        SessionEffect[] effects = [.. _effects];
        _effects.Clear();
        return effects;
    }

    /// <summary>The next message to send; null if there is none now.</summary>
    public SessionSend? TakeNext(TimeSpan now) => _phase switch
    {
        Phase.Opening when !_isOpenSent => TakeOpen(now),
        Phase.Open when _over is null => TakePong() ?? TakeChange(now) ?? TakeRenewal(now) ?? TakeReport(now),
        _ => null,
    };

    private SessionSend TakeOpen(TimeSpan now)
    {
        _isOpenSent = true;
        var ttl = _entries.Count > 0 ? _entries[0].Options.Ttl : Limits.TtlDefault;
        var open = new Open { LeaseId = _lease, TtlMs = (uint)ttl.TotalMilliseconds, Client = clientName, AnswersPings = true };
        return new SessionSend(new SessionRequest { RequestId = Track(RequestKind.Open, null, now + s_answerTimeout), Open = open }, []);
    }

    private SessionSend? TakePong()
    {
        var isPinged = _isPinged;
        _isPinged = false;
        return isPinged ? new SessionSend(new SessionRequest { Pong = new Pong() }, []) : null;
    }

    private SessionSend? TakeChange(TimeSpan now)
    {
        if (_inFlight.Count >= Limits.SessionRequestsInFlightMax)
        {
            return null;
        }

        foreach (var entry in _dirty)
        {
            var kind = entry.Next;
            if (kind == RequestKind.None)
            {
                // What it waits for will mark it again: an answer, or its owner.
                _dirty.Remove(entry);
            }
            else if ((entry.RetryAt ?? now) <= now)
            {
                _dirty.Remove(entry);
                var id = Track(kind, entry, now + s_answerTimeout);
                return new SessionSend(entry.Take(id, _lease), kind == RequestKind.Register ? [entry] : []);
            }
        }

        return null;
    }

    private SessionSend? TakeRenewal(TimeSpan now)
    {
        if (now < _renewAt)
        {
            return null;
        }

        _renewAt = now + RenewInterval;
        _reporting.UnionWith(_entries.Where(IsReporting));

        // Half the TTL without an answer is when the registry, too, would call this session lost.
        return ReportWith(Track(RequestKind.Renew, null, now + (_ttl / 2)), now);
    }

    private static bool IsReporting(SessionEntry entry) =>
        entry is { IsLive: true, IsWanted: true, Known: SessionEntry.Standing.Listed };

    private SessionSend? TakeReport(TimeSpan now) =>
        _reporting.Count > 0 && now >= ReportAt(now) ? ReportWith(0, now) : null;

    private SessionSend ReportWith(ulong requestId, TimeSpan now)
    {
        SessionEntry[] reporting = [.. _reporting.Take(ReportsPerMessageMax)];
        _reporting.ExceptWith(reporting);

        // What does not fit goes with the next message, at once.
        _reportedAt = _reporting.Count == 0 ? now : TimeSpan.MinValue;
        return new SessionSend(new SessionRequest { RequestId = requestId, Renew = new Renew() }, reporting);
    }

    private TimeSpan ReportAt(TimeSpan now) =>
        _reportedAt == TimeSpan.MinValue ? now : _reportedAt + ReportInterval;

    private ulong Track(RequestKind kind, SessionEntry? entry, TimeSpan answerBy)
    {
        _inFlight.Add(++_requestId, new Request(kind, entry, entry?.IntentVersion ?? 0, answerBy));
        return _requestId;
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;

    private readonly record struct Request(
        RequestKind Kind, SessionEntry? Entry, int IntentVersion, TimeSpan AnswerBy);
}
