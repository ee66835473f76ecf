using System.Globalization;
using System.Net.Http.Headers;
using Muster.Grpc;
using Muster.Protocol.Mapping;

namespace Muster.Client.Http;

/// <summary>What the fields at the head or at the end of an answer say of its instance.</summary>
/// <remarks>Found in one pass over the raw values: looking up each name costs as much as the pick, and parsing more.</remarks>
internal readonly struct AnswerSigns
{
    private AnswerSigns(HttpHeadersNonValidated fields, string reportName)
    {
        foreach (var (name, values) in fields)
        {
            if (Is(name, ResponseSignals.GrpcStatusHeader))
            {
                HasStatus = true;
                Status = int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                    ? (StatusCode)code
                    : null;
            }
            else if (Is(name, LoadMetadata.DrainingName))
            {
                IsDraining = values.Count == 1 && values.ToString() == "1";
            }
            else if (Is(name, reportName))
            {
                HasReport = true;
                Report = values.Count == 1 ? values.ToString() : null;
            }
        }
    }

    /// <summary>Whether there is a gRPC status, good or bad.</summary>
    public bool HasStatus { get; }

    /// <summary>The gRPC status; null if there is none that can be read.</summary>
    public StatusCode? Status { get; }

    /// <summary>Whether the instance says that it is about to leave.</summary>
    public bool IsDraining { get; }

    /// <summary>Whether there is a load report, good or bad.</summary>
    public bool HasReport { get; }

    /// <summary>Its text; null if there are several, which is none.</summary>
    public string? Report { get; }

    /// <summary>Reads the head, where plain HTTP has its report.</summary>
    public static AnswerSigns OfHead(HttpResponseMessage response) => new(response.Headers.NonValidated, LoadMetadata.HeaderName);

    /// <summary>Reads the end, where gRPC has it; it says nothing over HTTP/1.1.</summary>
    public static AnswerSigns OfEnd(HttpResponseMessage response) =>
        ResponseSignals.Trailers(response) is { } trailers ? new(trailers, LoadMetadata.TrailerName) : default;

    private static bool Is(string name, string wanted) => name.Equals(wanted, StringComparison.OrdinalIgnoreCase);
}
