using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Testing.Contract.Rules;

/// <summary>One lease of a history, with the times between which its instances may leave for silence.</summary>
internal sealed class LeaseLedger(LeaseId id)
{
    // Where its TTL counts from, at the earliest and at the latest.
    private TimeSpan? _earliest;
    private TimeSpan? _latest;
    private TimeSpan? _renewedAt;
    private TimeSpan? _signAt;

    public LeaseId Id => id;

    public TimeSpan Ttl { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>It was put after it had ended.</summary>
    public bool IsReused { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>Instances that are listed under it.</summary>
    public int Instances { get; set; }

    /// <summary>How many of them have an active check: while there are any, the lease does not run out.</summary>
    public int Checked { get; private set; }

    /// <summary>What was seen of its provider.</summary>
    public ProviderLedger Provider { get; } = new();

    /// <summary>Before this nothing of it may leave for silence; null if nothing is known of its renewals.</summary>
    public TimeSpan? NotBefore => _earliest + Ttl;

    /// <summary>At this it must have left, if no guard held it.</summary>
    public TimeSpan? NotAfter => _latest + Ttl + Limits.ExpiryLagMax;

    public void OnPut(TimeSpan ttl, TimeSpan at)
    {
        Ttl = ttl;
        IsReused |= HasEnded;
        IsRunning = true;
        _latest = Later(_latest, at);
        _signAt = Later(_signAt, at);
    }

    /// <summary>One more instance of it has a check.</summary>
    public void OnChecked() => Checked++;

    /// <summary>One instance less of it has a check; after the last its TTL counts.</summary>
    public void OnUnchecked(TimeSpan at)
    {
        if (--Checked == 0)
        {
            _earliest = _latest = _renewedAt = _signAt = at;
        }
    }

    public void OnEnded() => (IsRunning, HasEnded) = (false, true);

    public void OnRenewed(TimeSpan earliest, TimeSpan at)
    {
        _earliest = _earliest > earliest ? _earliest : earliest;
        _latest = _renewedAt = _signAt = at;
    }

    /// <summary>Its provider could reach nobody: it gets one full TTL.</summary>
    public void OnRegistryStarted(TimeSpan at) => _earliest = _latest = _renewedAt = _signAt = at;

    /// <summary>The registry stood still: one full TTL, but not past ten TTLs after the last renewal. What had come due before the
    /// stall may be on its way out already.</summary>
    public void OnContinued(TimeSpan stalledAt, TimeSpan at)
    {
        var isWithinMax = at - _renewedAt < Limits.GuardTtlsMax * Ttl;
        if (at - stalledAt >= Limits.StallMin && isWithinMax && NotBefore > stalledAt)
        {
            _earliest = at;
        }

        // The registry may count its standing still a little longer than it was, so the later bound moves in any case.
        _latest = at - _signAt < Limits.GuardTtlsMax * Ttl ? at : Later(_latest, at - Ttl);
    }

    /// <summary>What could not be removed while the store was away got one more TTL, at some moment before it was back.</summary>
    public void OnStoreRecovered(TimeSpan at) => _latest = _signAt = at;

    /// <summary>At this it must have left, given what the guard may have held back.</summary>
    /// <param name="mayBeHeld">Whether the guard held anything since it came due.</param>
    /// <param name="instances">How many may have waited with it.</param>
    public TimeSpan? Deadline(bool mayBeHeld, int instances) => mayBeHeld
        ? NotAfter + (Limits.GuardTtlsMax * Ttl) + TimeSpan.FromSeconds((double)instances / ExpiryGuard.RateMin)
        : NotAfter;

    private static TimeSpan Later(TimeSpan? a, TimeSpan b) => a > b ? a.Value : b;
}
