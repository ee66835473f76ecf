using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>A load report as it arrived here.</summary>
/// <param name="Report">The report, already held to its bounds.</param>
/// <param name="At">When it was made, as far as this process can tell, on its monotonic clock.</param>
/// <param name="SendsCovered">How many of this process's sends to the instance had ended by then, and so are part of the
/// report; the others are load that the report does not show.</param>
public sealed record ReportedLoad(LoadReport Report, TimeSpan At, uint SendsCovered)
{
    /// <summary>Requests that the instance had when it made the report, streams among them. Null: it does not say.</summary>
    internal double? Requests { get; init; }

    /// <summary>Requests that the instance had from others when it made the report: its requests in flight without those of this
    /// process. Null: it does not say.</summary>
    public double? OthersInFlight { get; init; }

    /// <summary>How long requests take at the load that the report shows, in milliseconds. Null: it does not say.</summary>
    public double? LatencyMilliseconds { get; init; }
}
