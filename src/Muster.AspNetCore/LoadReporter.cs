using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.AspNetCore;

/// <summary>This instance's load report: what the source measures, with what the app's own requests show added.</summary>
/// <remarks>Thread-safe. CPU and rates are read at most every 10 ms. The requests in flight, which change with every request and are
/// what callers balance on, are always those of now: a report is encoded once for each number of them within that time.</remarks>
internal sealed partial class LoadReporter(
    ILoadSource source, RequestMeter meter, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(10);

    // Replaced whole. Several requests may find it old at once and each make a new one; the last stays, all are right.
    private volatile Measurement? _measurement;

    /// <summary>The report now.</summary>
    public LoadReport Current => With(Measured(), meter.InFlight);

    /// <summary>The report as the value of <see cref="LoadMetadata.TrailerName"/>.</summary>
    /// <param name="inFlight">The requests in flight that it tells.</param>
    public string Trailer(long inFlight) => Encode(inFlight).Trailer;

    /// <summary>The report as the value of <see cref="LoadMetadata.HeaderName"/>.</summary>
    /// <param name="inFlight">The requests in flight that it tells.</param>
    public string Header(long inFlight) => Encode(inFlight).Header;

    private Encoded Encode(long inFlight)
    {
        var measurement = _measurement;
        if (measurement is null || timeProvider.GetElapsedTime(measurement.Timestamp) >= s_refresh)
        {
            measurement = new Measurement(timeProvider.GetTimestamp(), Measured());
            _measurement = measurement;
        }

        ref var slot = ref measurement.SlotOf(inFlight);
        var encoded = Volatile.Read(ref slot);
        if (encoded is null || encoded.InFlight != inFlight)
        {
            encoded = new Encoded(inFlight, With(measurement.Report, inFlight));
            Volatile.Write(ref slot, encoded);
        }

        return encoded;
    }

    private LoadReport Measured()
    {
        var report = Ask() ?? new LoadReport();
        var rates = meter.Rates;
        return report with
        {
            Rps = report.Rps == 0 ? rates.PerSecond : report.Rps,
            Eps = report.Eps == 0 ? rates.FailedPerSecond : report.Eps,
        };
    }

    private LoadReport? Ask()
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

    private LoadReport With(LoadReport report, long inFlight)
    {
        var named = Add(report.Named, OrcaMapping.RequestsInFlight, inFlight);
        named = meter.LatencyMillisecondsNear(inFlight) is { } latency ? Add(named, OrcaMapping.LatencyMilliseconds, latency) : named;
        return report with { Named = meter.Streams is > 0 and var streams ? Add(named, OrcaMapping.Streams, streams) : named };
    }

    // What the source says itself wins, and a report at the bound stays one that others take.
    private static ImmutableSortedDictionary<string, double> Add(
        ImmutableSortedDictionary<string, double> named, string name, double value) =>
        named.Count >= Limits.NamedMetricsMax || named.ContainsKey(name) ? named : named.Add(name, value);

    [LoggerMessage(LogEventIds.LoadSourceFailed, LogLevel.Error, "The load source failed; the report goes out without its figures")]
    private partial void LogSourceFailed(Exception exception);

    /// <summary>What holds for 10 ms, and what was made of it.</summary>
    private sealed class Measurement(long timestamp, LoadReport report)
    {
        // By the lowest bits of the requests in flight; of two numbers that share them the later takes the place.
        private readonly Encoded?[] _encoded = new Encoded?[64];

        public long Timestamp => timestamp;

        public LoadReport Report => report;

        public ref Encoded? SlotOf(long inFlight) => ref _encoded[(int)(inFlight & (_encoded.Length - 1))];
    }

    // An app that speaks only one of the two pays for one. Two that come at once may both encode, with the same result.
    private sealed class Encoded(long inFlight, LoadReport report)
    {
        private string? _header;
        private string? _trailer;

        public long InFlight => inFlight;

        public string Header => _header ??= LoadMetadata.FormatHeader(report);

        public string Trailer => _trailer ??= LoadMetadata.FormatTrailer(report);
    }
}
