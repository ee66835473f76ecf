using Muster.Core.Model;

namespace Muster.Samples.Demo;

/// <summary>What a run is to do.</summary>
/// <param name="Duration">Null runs until it is told to stop.</param>
/// <param name="ReportPath">Null writes no report.</param>
/// <param name="Redis">Null starts a server.</param>
/// <param name="Ttl">The lease of every process.</param>
internal sealed record DemoPlan(TimeSpan? Duration, string? ReportPath, HostPort? Redis, TimeSpan Ttl);
