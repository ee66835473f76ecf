using Muster.Core;

namespace Muster.Testing.Contract.Rules;

/// <summary>What the registry saw of the provider of a lease: its signs of life, its stream, and the pings that went unanswered.</summary>
internal sealed class ProviderLedger
{
    private readonly List<TimeSpan> _deaf = [];
    private TimeSpan? _signSince;
    private TimeSpan? _pingedAt;

    /// <summary>The last moment before its newest sign at which it did not count as alive: nothing heard since the registry started, its
    /// stream lost, or half its TTL without a word. Null: never.</summary>
    public TimeSpan? NotAliveAt { get; private set; }

    /// <summary>Whether a stream keeps it whose provider answers pings.</summary>
    public bool AnswersPings { get; private set; }

    /// <summary>When it was heard last, at the latest; null since its stream was lost.</summary>
    public TimeSpan? HeardAt { get; private set; }

    /// <summary>Whether it certainly counts as alive.</summary>
    public bool IsAlive(TimeSpan ttl, TimeSpan now) => _signSince is { } sign && now - sign < ttl / 2;

    /// <summary>Whether a ping that was sent at this moment or later has stayed without an answer for as long as one may.</summary>
    public bool WasDeafSince(TimeSpan since, TimeSpan now) =>
        _deaf.Exists(at => at >= since) || (_pingedAt is { } pinged && pinged >= since && now - pinged >= Limits.PingPatience);

    /// <summary>It renewed its lease, or opened a stream on it.</summary>
    /// <param name="earliest">When that can have been taken at the earliest.</param>
    /// <param name="at">When it was seen to be taken.</param>
    /// <param name="ttl">The lease's.</param>
    public void OnSign(TimeSpan earliest, TimeSpan at, TimeSpan ttl)
    {
        if (!IsAlive(ttl, at))
        {
            NotAliveAt = at;
        }

        _signSince = _signSince > earliest ? _signSince : earliest;
        OnHeard(at);
    }

    /// <summary>It said something: that answers a ping, and renews nothing.</summary>
    public void OnHeard(TimeSpan at)
    {
        Settle(at);
        HeardAt = at;
    }

    public void OnSessionOpened(bool answersPings) => AnswersPings = answersPings;

    public void OnSessionLost() => (_signSince, HeardAt, AnswersPings, _pingedAt) = (null, null, false, null);

    public void OnPinged(TimeSpan at)
    {
        Settle(at);
        _pingedAt = at;
    }

    public void OnRegistryStarted()
    {
        OnSessionLost();
        _deaf.Clear();
    }

    /// <summary>The registry stood still: an answer may have lain unread, so a ping of that time says nothing; and who was alive before
    /// is alive, until it is silent for half its TTL from now.</summary>
    public void OnContinued(TimeSpan stalledAt, TimeSpan at, TimeSpan ttl)
    {
        if (_pingedAt is { } pinged && stalledAt - pinged <= Limits.PingPatience && at - pinged >= Limits.PingPatience + Limits.StallMin)
        {
            _pingedAt = null;
        }

        if (at - stalledAt >= Limits.StallMin && IsAlive(ttl, stalledAt) && at - _signSince < Limits.GuardTtlsMax * ttl)
        {
            _signSince = at;
        }
    }

    private void Settle(TimeSpan at)
    {
        if (_pingedAt is { } pinged && at - pinged >= Limits.PingPatience)
        {
            _deaf.Add(pinged);
        }

        _pingedAt = null;
    }
}
