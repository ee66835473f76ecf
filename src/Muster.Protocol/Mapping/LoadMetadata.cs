using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Orca;

namespace Muster.Protocol.Mapping;

/// <summary>Load reports beside a response: an ORCA trailer with gRPC, a short header with plain HTTP.</summary>
public static class LoadMetadata
{
    /// <summary>The gRPC trailer: a serialized <see cref="OrcaLoadReport"/>, as ORCA defines it.</summary>
    public const string TrailerName = "endpoint-load-metrics-bin";

    /// <summary>The header of a plain HTTP response: <c>cpu=0.42,rif=3</c>.</summary>
    public const string HeaderName = "muster-load";

    /// <summary>What a response of an instance that drains carries, a header with plain HTTP and a trailer with gRPC: <c>1</c>. Nobody
    /// should choose it any more; what is on its way is served. Absent: the instance does not drain.</summary>
    public const string DrainingName = "muster-draining";

    /// <summary>The path of a probe: <c>GET</c> or <c>HEAD</c>, answered by 204 with a <see cref="HeaderName"/> and no body, over HTTP/1.1
    /// and HTTP/2 alike. Any other answer means that the instance has no probes, and is not asked again.</summary>
    public const string ProbePath = "/.well-known/muster/load";

    /// <summary>Longest header that is read, in characters: a full report of <see cref="Limits.NamedMetricsMax"/> metrics with
    /// names of 32 characters and figures of 24.</summary>
    public const int HeaderCharsMax = 2048;

    private static readonly FrozenSet<string> s_reserved = FrozenSet.ToFrozenSet(["", "cpu", "app", "rps", "eps"]);

    /// <summary>The trailer's value, base64 as gRPC sends binary metadata.</summary>
    public static string FormatTrailer(LoadReport report) => Convert.ToBase64String(report.ToWire().ToByteArray());

    /// <summary>Reads a trailer, with or without padding. Never throws.</summary>
    /// <returns>The report, held to its bounds; null if this is none.</returns>
    public static LoadReport? TryReadTrailer(string text)
    {
        try
        {
            var padded = text.Length % 4 == 0 ? text : text.PadRight(text.Length + 4 - (text.Length % 4), '=');
            return Checked(OrcaLoadReport.Parser.ParseFrom(Convert.FromBase64String(padded)).ToCore());
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The header's value.</summary>
    public static string FormatHeader(LoadReport report)
    {
        var text = new StringBuilder();
        Append(text, "cpu", report.CpuUtilization);
        Append(text, "app", report.ApplicationUtilization);
        Append(text, "rps", report.Rps == 0 ? null : report.Rps);
        Append(text, "eps", report.Eps == 0 ? null : report.Eps);
        foreach (var (name, value) in report.Named)
        {
            // A name is the application's choice: one that could break the header, or be taken for a figure above, stays out.
            if (name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && !s_reserved.Contains(name))
            {
                Append(text, name, value);
            }
        }

        return text.ToString();
    }

    /// <summary>Reads a header. Never throws.</summary>
    /// <returns>The report, held to its bounds; null if this is none.</returns>
    public static LoadReport? TryReadHeader(string text)
    {
        if (text.Length is 0 or > HeaderCharsMax)
        {
            return null;
        }

        var named = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        foreach (var part in text.Split(','))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !double.TryParse(
                part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            named[part[..equals].Trim()] = value;
        }

        return Checked(new LoadReport
        {
            CpuUtilization = Take(named, "cpu"),
            ApplicationUtilization = Take(named, "app"),
            Rps = Take(named, "rps") ?? 0,
            Eps = Take(named, "eps") ?? 0,
            Named = named.ToImmutable(),
        });
    }

    private static double? Take(ImmutableSortedDictionary<string, double>.Builder named, string name)
    {
        if (!named.TryGetValue(name, out var value))
        {
            return null;
        }

        named.Remove(name);
        return value;
    }

    private static LoadReport? Checked(LoadReport report) => LoadReportValidator.Validate(report) is null ? report : null;

    private static void Append(StringBuilder text, string name, double? value)
    {
        if (value is { } figure)
        {
            // Four digits are more than any balancing decision can use, and keep the header short.
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append('=')
                .Append(figure.ToString("0.####", CultureInfo.InvariantCulture));
        }
    }
}
