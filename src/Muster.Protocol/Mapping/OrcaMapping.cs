using System.Collections.Immutable;
using Muster.Core.Model;
using Muster.Protocol.Orca;

namespace Muster.Protocol.Mapping;

/// <summary>Load reports to and from ORCA.</summary>
public static class OrcaMapping
{
    /// <summary>Requests in flight, among the named metrics. Streams are not among them: <see cref="Streams"/>.</summary>
    public const string RequestsInFlight = "rif";

    /// <summary>Streams that run, among the named metrics: requests that last as long as their caller listens. Absent: none.</summary>
    public const string Streams = "streams";

    /// <summary>Latency near the current level of load, in milliseconds, among the named metrics.</summary>
    public const string LatencyMilliseconds = "lat_ms";

    /// <summary>Reads a report. Never throws; <see cref="LoadReportValidator"/> must see the result before it is used.</summary>
    public static LoadReport ToCore(this OrcaLoadReport wire) => new()
    {
        CpuUtilization = wire.HasCpuUtilization ? wire.CpuUtilization : null,
        ApplicationUtilization = wire.HasApplicationUtilization ? wire.ApplicationUtilization : null,
        Rps = wire.RpsFractional,
        Eps = wire.Eps,
        Named = wire.NamedMetrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };

    /// <summary>The report on the wire.</summary>
    public static OrcaLoadReport ToWire(this LoadReport report)
    {
        var wire = new OrcaLoadReport { RpsFractional = report.Rps, Eps = report.Eps };
        if (report.CpuUtilization is { } cpu)
        {
            wire.CpuUtilization = cpu;
        }

        if (report.ApplicationUtilization is { } application)
        {
            wire.ApplicationUtilization = application;
        }

        wire.NamedMetrics.Add(report.Named);
        return wire;
    }
}
