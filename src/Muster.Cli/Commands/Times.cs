using System.Globalization;

namespace Muster.Cli.Commands;

/// <summary>Times as people say them, beside the exact ones.</summary>
internal static class Times
{
    /// <summary>"2 min 3 s": the two largest units, and tenths below ten seconds.</summary>
    public static string Span(TimeSpan span)
    {
        var whole = TimeSpan.FromSeconds(Math.Floor(Math.Max(0, span.TotalSeconds)));
        return span switch
        {
            { TotalSeconds: < 0 } => "0 s",
            { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
            { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Seconds} s"),
            { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Minutes} min {whole.Seconds} s"),
            { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Hours} h {whole.Minutes} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole.Days} d {whole.Hours} h"),
        };
    }

    /// <summary>The moment in this machine's zone, with the offset.</summary>
    public static string Moment(DateTimeOffset at) => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>Both: "2 min 3 s ago (2026-11-22 03:04:05 +00:00)".</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => $"{Span(now - at)} ago ({Moment(at)})";

    public static DateTimeOffset FromUnix(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
