using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>How explanations of picks write what they name (<see cref="IPicker.Explain"/>).</summary>
/// <remarks>Only where somebody reads the log at debug level: it looks at all candidates, and allocates.</remarks>
internal static class Figures
{
    /// <summary>Calls in flight as the picker saw them: without the one that is explained.</summary>
    public static int InFlightBefore(InstanceStatistics statistics, in PickContext context) =>
        context.IsCounted ? Math.Max(0, statistics.InFlight - 1) : statistics.InFlight;

    /// <summary>How old a figure is.</summary>
    public static string Age(TimeSpan at, TimeSpan now) => Text($"{Math.Max(0, (now - at).TotalMilliseconds):0} ms old");

    /// <summary>How old an instance's load report is.</summary>
    public static string ReportAge(InstanceStatistics statistics, TimeSpan now) =>
        statistics.Load is not { } load ? "no report"
        : statistics.AreReportsBelievedAt(now) ? $"report {Age(load.At, now)}"
        : $"report {Age(load.At, now)} and not believed";

    /// <summary>The lowest and the highest of what all candidates have.</summary>
    public static string Range(IEnumerable<double> all)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in all)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        return low > high ? "nobody has one" : Text($"all have {low:0.###} to {high:0.###}");
    }

    /// <summary>The same of calls in flight.</summary>
    /// <param name="all">The candidates.</param>
    /// <param name="picked">The one that was picked.</param>
    /// <param name="context">The context of that pick.</param>
    public static string InFlightRange(InstanceStatistics[] all, int picked, in PickContext context)
    {
        var before = InFlightBefore(all[picked], context);
        return Range(all.Select((s, i) => (double)(i == picked ? before : s.InFlight)));
    }

    /// <summary>By how much failures make an instance dearer; empty if they do not.</summary>
    public static string Penalty(InstanceStatistics statistics, TimeSpan now) =>
        statistics.ErrorPenaltyAt(now) is var penalty && penalty > 1 ? Text($", {penalty:0.#} times dearer for what it fails or turns away") : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
