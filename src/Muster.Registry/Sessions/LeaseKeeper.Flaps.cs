using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <content>Keeps back what comes and goes.</content>
internal sealed partial class LeaseKeeper
{
    private readonly FlapTable _flaps = new();
    private readonly List<AddressKey> _calm = [];

    // An instance that is leaving, or out, may go as it likes.
    private void LoseLocked(InstanceKey instance)
    {
        if (_catalog.Find(instance) is { Intent: Intent.Serving } record && _flaps.Lost(record.AddressKey, _clock.Now) is { } until)
        {
            _soft.SetDampedLocked(instance, until, EpochOfLocked(record.Lease));
            LogDamped(instance, Limits.FlapLossesMax, Limits.FlapWindow.TotalSeconds, (until - _clock.Now).TotalSeconds);
            ArmWake();
        }
    }

    private void TickFlapsLocked()
    {
        _flaps.Tick(_clock.Now, _calm);
        foreach (var address in _calm)
        {
            if (_catalog.FindHolder(address) is { } record)
            {
                _soft.SetDampedLocked(record.Key, null, EpochOfLocked(record.Lease));
                LogDampedNoMore(record.Key);
            }
        }

        _calm.Clear();
    }

    private TimeSpan NextTickLocked()
    {
        var next = _stalls.NextTick(_clock.Now);
        next = _leases.NextWake < next ? _leases.NextWake.Value : next;
        next = _pings.NextWake < next ? _pings.NextWake.Value : next;
        return _flaps.NextWake < next ? _flaps.NextWake.Value : next;
    }

    [LoggerMessage(EventIds.InstanceDamped, LogLevel.Warning,
        "{Instance} was lost {Losses} times within {Window} s: it is kept DEGRADED for {Time} s, so that callers prefer others")]
    private partial void LogDamped(InstanceKey instance, int losses, double window, double time);

    [LoggerMessage(EventIds.InstanceDampedNoMore, LogLevel.Information, "{Instance} is kept back no longer")]
    private partial void LogDampedNoMore(InstanceKey instance);
}
