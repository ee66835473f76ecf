using System.Diagnostics.Metrics;
using System.Globalization;
using Muster.Client.Telemetry;

namespace Muster.Samples.Demo.Traffic;

/// <summary>What the balancing handler says of itself, in its metrics: attempts beyond the first, breakers, and what a second policy
/// would have done.</summary>
/// <remarks>Thread-safe. The names are in docs/reference/metrics.md; any collector of OpenTelemetry reads the same.</remarks>
internal sealed class HandlerMeter : IDisposable
{
    private const string BreakerTransitions = "muster.client.breaker.transitions";
    private const string ExtraAttempts = "muster.client.extra_attempts";
    private const string ShadowPicks = "muster.client.shadow.picks";

    private readonly MeterListener _listener = new();
    private readonly EventLog _events;
    private long _retries;
    private long _hedges;
    private long _shadowed;
    private long _agreed;

    /// <summary>Begins to listen.</summary>
    /// <param name="events">Hears of each breaker that opens or closes.</param>
    public HandlerMeter(EventLog events)
    {
        _events = events;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == MusterTelemetry.MeterName
                && instrument.Name is BreakerTransitions or ExtraAttempts or ShadowPicks)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        _listener.Start();
    }

    /// <summary>Attempts that a failure led to, as of the last <see cref="Read"/>.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Attempts that slowness led to, as of the last <see cref="Read"/>.</summary>
    public long Hedges => Interlocked.Read(ref _hedges);

    /// <summary>How often <c>adaptive</c> would have chosen the same instance, 0 to 1; null if it was not asked yet.</summary>
    public double? ShadowAgreement =>
        Interlocked.Read(ref _shadowed) is > 0 and var shadowed ? (double)Interlocked.Read(ref _agreed) / shadowed : null;

    /// <summary>Asks for the counts that are kept until somebody asks.</summary>
    public void Read()
    {
        // Each service adds its own count.
        Interlocked.Exchange(ref _retries, 0);
        Interlocked.Exchange(ref _hedges, 0);
        _listener.RecordObservableInstruments();
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private void Hear(string instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        switch (instrument)
        {
            case ExtraAttempts when Tag(tags, "muster.kind") is "retry" or "transparent_retry":
                Interlocked.Add(ref _retries, value);
                break;
            case ExtraAttempts when Tag(tags, "muster.kind") == "hedge":
                Interlocked.Add(ref _hedges, value);
                break;
            case ShadowPicks:
                Interlocked.Add(ref _shadowed, value);
                Interlocked.Add(ref _agreed, Tag(tags, "muster.agrees") == "True" ? value : 0);
                break;
            case BreakerTransitions:
                _events.Say(Tag(tags, "muster.state") == "Open"
                    ? $"A breaker of {Tag(tags, "muster.service")} opened: {Tag(tags, "muster.reason")}."
                    : $"A breaker of {Tag(tags, "muster.service")} closed again.");
                break;
            default:
                break;
        }
    }

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value}");
            }
        }

        return "";
    }
}
