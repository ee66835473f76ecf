using System.Globalization;
using Muster.Core;
using Muster.Core.Fanout;
using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Drains to and from the wire.</summary>
public static class DrainMapping
{
    /// <summary>Reads how long to wait for watchers, in milliseconds; zero does not wait.</summary>
    /// <returns>The violation, or null if the value was read.</returns>
    public static Violation? ReadPatience(string field, uint milliseconds, out TimeSpan patience)
    {
        patience = TimeSpan.FromMilliseconds(milliseconds);
        return patience <= Limits.DrainPatienceMax
            ? null
            : new Violation(field, milliseconds.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"0 to {Limits.DrainPatienceMax.TotalMilliseconds} are allowed, 0 does not wait"));
    }

    /// <summary>The outcome on the wire; it names at most <see cref="Limits.DrainWatchersNamedMax"/>.</summary>
    public static V1.DrainOutcome ToWire(this DrainOutcome outcome)
    {
        var wire = new V1.DrainOutcome { Acknowledged = outcome.AcknowledgedCount, LaggardsCount = outcome.Laggards.Length };
        wire.Laggards.Add(outcome.Laggards.Take(Limits.DrainWatchersNamedMax)
            .Select(l => new V1.DrainLaggard { Watcher = l.Name, Why = l.Why.ToWire() }));
        return wire;
    }
}
