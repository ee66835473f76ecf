using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.AspNetCore.Load;

/// <summary>This instance's load report, ready to be sent.</summary>
/// <remarks>Thread-safe. Built at most every 10 ms, so a busy server does not encode one per response; a figure that old says
/// the same.</remarks>
internal sealed class LoadReporter(ProcessLoad process, RequestMeter meter, Client.MusterClient muster)
{
    private static readonly TimeSpan s_buildInterval = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider _timeProvider = muster.Options.TimeProvider;
    private volatile ILoadSource _source = process;

    // Replaced whole. Two threads may build at once: both results are good, and one of them stays.
    private volatile Built? _built;

    /// <summary>Called when requests have changed the load. Null until the app is announced.</summary>
    public Action? OnChanged { get; set; }

    /// <summary>The report now; null if the source knows nothing.</summary>
    public LoadReport? Current => Build()?.Report;

    /// <summary>The report as a gRPC trailer's value.</summary>
    public string? Trailer => Build()?.Trailer;

    /// <summary>The report as a plain HTTP header's value.</summary>
    public string? Header => Build()?.Header;

    /// <summary>Takes the load from here instead of from the process; null changes nothing.</summary>
    public void UseSource(ILoadSource? source) => _source = source ?? _source;

    private Built? Build()
    {
        var built = _built;
        var now = _timeProvider.GetTimestamp();
        if (built is not null && _timeProvider.GetElapsedTime(built.At, now) < s_buildInterval)
        {
            return built;
        }

        if (_source.Current is not { } report)
        {
            return null;
        }

        var rps = built is null ? 0 : (meter.Started - built.Started) / _timeProvider.GetElapsedTime(built.RpsAt, now).TotalSeconds;
        // The rate is measured over a second or more: over 10 ms it would be noise.
        var isRateDue = built is null || _timeProvider.GetElapsedTime(built.RpsAt, now) >= TimeSpan.FromSeconds(1);
        report = report with
        {
            Rps = report.Rps > 0 ? report.Rps : isRateDue ? rps : built!.Report.Rps,
            Named = report.Named.ContainsKey(OrcaMapping.RequestsInFlight)
                ? report.Named
                : report.Named.SetItem(OrcaMapping.RequestsInFlight, meter.InFlight),
        };
        built = new Built(report, now, isRateDue ? now : built!.RpsAt, isRateDue ? meter.Started : built!.Started);
        _built = built;
        return built;
    }

    private sealed class Built(LoadReport report, long at, long rpsAt, long started)
    {
        private string? _trailer;
        private string? _header;

        public LoadReport Report => report;

        public long At => at;

        public long RpsAt => rpsAt;

        public long Started => started;

        public string Trailer => _trailer ??= LoadMetadata.FormatTrailer(report);

        public string Header => _header ??= LoadMetadata.FormatHeader(report);
    }
}
