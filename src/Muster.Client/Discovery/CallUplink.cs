using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using BreakerState = Muster.Core.Model.BreakerState;

namespace Muster.Client.Discovery;

/// <summary>What is still to be told the registry of the calls to one service: differences, and breakers that changed.</summary>
/// <remarks>
/// Not thread-safe. Differences go every <see cref="Limits.CallReportInterval"/>, changed breakers after
/// <see cref="Limits.BreakerReportInterval"/> at the latest; at most <see cref="Limits.CallReportsPerBurstMax"/> at a time, the others in
/// turn. Nothing goes if nothing changed. A stream that is lost takes along what was on its way: the registry forgets the rest with it.
/// </remarks>
internal sealed class CallUplink(ServiceKey service)
{
    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);
    private bool _hasNews;
    private bool _isUrgent;
    private bool _isFull;
    private TimeSpan _nextAt;
    private TimeSpan _nextUrgentAt;
    private TimeSpan _pausedUntil;
    private int _turn;

    /// <summary>Instances that the registry was told of.</summary>
    public int Count => _told.Count;

    /// <summary>When there is something to tell; null if there is nothing.</summary>
    public TimeSpan? DueAt
    {
        get
        {
            if (!_hasNews && !_isUrgent)
            {
                return null;
            }

            var at = !_isUrgent ? _nextAt : !_hasNews || _nextUrgentAt < _nextAt ? _nextUrgentAt : _nextAt;
            return at > _pausedUntil ? at : _pausedUntil;
        }
    }

    /// <summary>Something is new.</summary>
    /// <param name="isUrgent">Whether it is the state of a breaker.</param>
    public void OnNews(bool isUrgent)
    {
        _isUrgent |= isUrgent;
        _hasNews |= !isUrgent;
    }

    /// <summary>A stream starts: the registry takes every breaker for closed.</summary>
    public void OnStreamOpened()
    {
        _pausedUntil = default;
        foreach (var told in _told.Values)
        {
            _isUrgent |= told.State != BreakerState.Closed;
            told.State = BreakerState.Closed;
        }
    }

    /// <summary>The registry refused what it was told.</summary>
    public void OnRefused(TimeSpan now) => _pausedUntil = now + Limits.CallReportPause;

    /// <summary>Begins to tell, if it is time. What is new from here on is told the next time.</summary>
    public bool TryBegin(TimeSpan now)
    {
        if (DueAt is not { } due || due > now)
        {
            return false;
        }

        _isFull = _hasNews && _nextAt <= now;
        _isUrgent = false;
        _nextUrgentAt = now + Limits.BreakerReportInterval;
        if (_isFull)
        {
            _hasNews = false;
            _nextAt = now + Limits.CallReportInterval;
        }

        return true;
    }

    /// <summary>Tells what has changed.</summary>
    /// <param name="seen">What is known of each instance.</param>
    /// <param name="room">Of how many instances the registry may be told, those that it was told of included.</param>
    /// <param name="into">Takes the messages.</param>
    public void Tell(IReadOnlyList<InstanceCalls> seen, int room, Queue<WatchRequest> into)
    {
        Forget(seen);
        var left = Limits.CallReportsPerBurstMax;
        foreach (var calls in seen)
        {
            var told = _told.GetValueOrDefault(calls.InstanceId);
            if (calls.State == (told?.State ?? BreakerState.Closed) || !HasRoom(told, room))
            {
                continue;
            }

            if (left == 0)
            {
                _isUrgent = true;
                break;
            }

            left--;
            into.Enqueue(Tell(calls));
        }

        if (_isFull)
        {
            TellCounts(seen, room, left, into);
        }
    }

    // Begins where the last time had to end, so that everybody's turn comes.
    private void TellCounts(IReadOnlyList<InstanceCalls> seen, int room, int left, Queue<WatchRequest> into)
    {
        for (var i = 0; i < seen.Count; i++)
        {
            var index = (_turn + i) % seen.Count;
            var told = _told.GetValueOrDefault(seen[index].InstanceId);
            if (!HasNews(seen[index], told) || !HasRoom(told, room))
            {
                continue;
            }

            if (left == 0)
            {
                _hasNews = true;
                _turn = index;
                return;
            }

            left--;
            into.Enqueue(Tell(seen[index]));
        }
    }

    // Failures alone are none: a call counts first.
    private static bool HasNews(in InstanceCalls calls, Told? told) =>
        calls.Calls != (told?.Calls ?? 0) || (calls.State != BreakerState.Closed && calls.Reason != told?.Reason);

    private bool HasRoom(Told? told, int room) => told is not null || _told.Count < room;

    private WatchRequest Tell(in InstanceCalls calls)
    {
        if (!_told.TryGetValue(calls.InstanceId, out var told))
        {
            _told[calls.InstanceId] = told = new Told();
        }

        if (calls.Calls < told.Calls || calls.Failures < told.Failures)
        {
            (told.Calls, told.Failures) = (0, 0);
        }

        var ended = Math.Clamp(calls.Calls - told.Calls, 0, Limits.CallsPerReportMax);
        var failed = Math.Clamp(calls.Failures - told.Failures, 0, ended);
        told.Calls = calls.Calls;
        told.Failures += failed;
        told.State = calls.State;
        told.Reason = calls.Reason;
        var trial = calls.TrialIn is { } trialIn ? Math.Clamp(trialIn.TotalMilliseconds, 0, Limits.BreakerTrialMax.TotalMilliseconds) : 0;
        return new WatchRequest
        {
            CallStatistics = new CallStatistics
            {
                Namespace = service.Namespace,
                Service = service.Name,
                InstanceId = calls.InstanceId,
                Calls = (ulong)ended,
                Failures = (ulong)failed,
                Breaker = calls.State.ToWire(),
                BreakerReason = calls.State == BreakerState.Closed ? "" : Short(calls.Reason ?? ""),
                NextTrialMs = calls.State == BreakerState.Open ? (uint)Math.Ceiling(trial) : 0,
            },
        };
    }

    // A reason may quote what a server said.
    private static string Short(string reason)
    {
        var text = reason.Length <= Limits.BreakerReasonCharsMax ? reason : reason[..(Limits.BreakerReasonCharsMax - 3)] + "...";
        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
    }

    // The registry forgets an instance that leaves, too.
    private void Forget(IReadOnlyList<InstanceCalls> seen)
    {
        if (_told.Count == seen.Count(s => _told.ContainsKey(s.InstanceId)))
        {
            return;
        }

        var ids = seen.Select(s => s.InstanceId).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _told.Keys.Where(id => !ids.Contains(id)).ToList())
        {
            _told.Remove(gone);
        }
    }

    private sealed class Told
    {
        public long Calls { get; set; }

        public long Failures { get; set; }

        public BreakerState State { get; set; }

        public string? Reason { get; set; }
    }
}
