using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.AspNetCore;

/// <summary>This instance's load report: what the source measures, with what the app's own requests show added.</summary>
/// <remarks>Thread-safe. Encoded at most every 10 ms: within that time all responses carry the same bytes.</remarks>
internal sealed partial class LoadReporter(
    ILoadSource source, RequestMeter meter, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(10);

    // Replaced whole. Several requests may find it old at once and each encode a new one; the last stays, all are right.
    private volatile Encoded? _encoded;

    /// <summary>The report now.</summary>
    public LoadReport Current
    {
        get
        {
            var report = Measure() ?? new LoadReport();
            var rates = meter.Rates;
            return report with
            {
                Rps = report.Rps == 0 ? rates.PerSecond : report.Rps,
                Eps = report.Eps == 0 ? rates.FailedPerSecond : report.Eps,
                Named = WithOwn(report.Named),
            };
        }
    }

    /// <summary>The report as the value of <see cref="LoadMetadata.TrailerName"/>.</summary>
    public string Trailer => Fresh().Trailer;

    /// <summary>The report as the value of <see cref="LoadMetadata.HeaderName"/>.</summary>
    public string Header => Fresh().Header;

    private LoadReport? Measure()
    {
        try
        {
            return source.Current;
        }
        catch (Exception e)
        {
            // The application's measurement must not cost the response that it would have travelled with.
            LogSourceFailed(e);
            return null;
        }
    }

    private ImmutableSortedDictionary<string, double> WithOwn(ImmutableSortedDictionary<string, double> named)
    {
        named = Add(named, OrcaMapping.RequestsInFlight, meter.InFlight);
        return meter.LatencyMilliseconds is { } latency ? Add(named, OrcaMapping.LatencyMilliseconds, latency) : named;
    }

    // What the source says itself wins, and a report at the bound stays one that others take.
    private static ImmutableSortedDictionary<string, double> Add(
        ImmutableSortedDictionary<string, double> named, string name, double value) =>
        named.Count >= Limits.NamedMetricsMax || named.ContainsKey(name) ? named : named.Add(name, value);

    private Encoded Fresh()
    {
        var encoded = _encoded;
        if (encoded is not null && timeProvider.GetElapsedTime(encoded.Timestamp) < s_refresh)
        {
            return encoded;
        }

        var timestamp = timeProvider.GetTimestamp();
        var report = Current;
        encoded = new Encoded(timestamp, LoadMetadata.FormatTrailer(report), LoadMetadata.FormatHeader(report));
        _encoded = encoded;
        return encoded;
    }

    [LoggerMessage(LogEventIds.LoadSourceFailed, LogLevel.Error, "The load source failed; the report goes out without its figures")]
    private partial void LogSourceFailed(Exception exception);

    private sealed record Encoded(long Timestamp, string Trailer, string Header);
}
