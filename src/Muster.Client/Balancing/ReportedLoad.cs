using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>A load report as it arrived here.</summary>
/// <param name="Report">The report, already held to its bounds.</param>
/// <param name="At">When it was made, as far as this process can tell, on its monotonic clock.</param>
/// <param name="SendsCovered">How many of this process's sends to the instance had ended by then, and so are part of the
/// report; the others are load that the report does not show.</param>
public sealed record ReportedLoad(LoadReport Report, TimeSpan At, uint SendsCovered);
