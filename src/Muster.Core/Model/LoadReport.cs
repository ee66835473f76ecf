using System.Collections.Immutable;

namespace Muster.Core.Model;

/// <summary>How busy an instance is, in the terms of ORCA (<c>xds.data.orca.v3.OrcaLoadReport</c>).</summary>
public sealed record LoadReport
{
    /// <summary>CPU used as a share of what the instance may use: 1 is all of it, more is possible. Null: not said.</summary>
    public double? CpuUtilization { get; init; }

    /// <summary>The application's own idea of how full it is; overrides CPU. Null: not said.</summary>
    public double? ApplicationUtilization { get; init; }

    /// <summary>Requests per second. Zero: not said, or none.</summary>
    public double Rps { get; init; }

    /// <summary>Errors per second.</summary>
    public double Eps { get; init; }

    /// <summary>Other figures by name; <c>rif</c> is requests in flight, <c>lat_ms</c> latency near that level.</summary>
    public ImmutableSortedDictionary<string, double> Named { get; init; } =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);
}
