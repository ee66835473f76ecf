using System.Net.Http.Headers;
using Muster.Client.Balancing;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.Mapping;

namespace Muster.Client.Http;

/// <summary>Reads what a response says of its instance: its load, and whether the call went well.</summary>
internal static class ResponseSignals
{
    /// <summary>The field that holds a gRPC status.</summary>
    public const string GrpcStatusHeader = "grpc-status";

    /// <summary>Longest ORCA trailer that is decoded, in characters of base64; as in <see cref="LoadMetadata.HeaderCharsMax"/>, a
    /// full report fits. A longer one is dropped before it costs anything.</summary>
    private const int TrailerCharsMax = 4096;

    /// <summary>Whether there is no body, so that the call ends with the headers.</summary>
    public static bool IsEmpty(HttpRequestMessage request, HttpResponseMessage response) =>
        request.Method == HttpMethod.Head
        || (int)response.StatusCode is 204 or 304
        || (response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var length) && length.ToString() == "0");

    /// <summary>Whether the headers already carry a gRPC status, in the place of trailers.</summary>
    public static bool IsTrailersOnly(HttpResponseMessage response) =>
        response.Version.Major >= 2 && response.Headers.NonValidated.Contains(GrpcStatusHeader);

    /// <summary>The same, where the headers have been looked at.</summary>
    public static bool IsTrailersOnly(HttpResponseMessage response, in AnswerSigns head) => head.HasStatus && response.Version.Major >= 2;

    /// <summary>Takes the load report of plain HTTP, which comes with the headers.</summary>
    /// <param name="head">The headers.</param>
    /// <param name="statistics">The instance's.</param>
    /// <param name="timeProvider">Asked where there is a report.</param>
    /// <param name="sentAt">When the call was sent; null if it was a probe.</param>
    /// <returns>Whether there is one, good or bad.</returns>
    public static bool TakeReport(in AnswerSigns head, InstanceStatistics statistics, TimeProvider timeProvider, TimeSpan? sentAt)
    {
        if (head.HasReport)
        {
            Take(head.Report is { } text ? LoadMetadata.TryReadHeader(text) : null, statistics, timeProvider.Now(), sentAt);
        }

        return head.HasReport;
    }

    /// <summary>Takes the load report of gRPC, which comes with the trailers.</summary>
    /// <param name="end">The trailers.</param>
    /// <param name="statistics">The instance's, in which the call has ended.</param>
    /// <param name="now">The time.</param>
    /// <param name="sentAt">When the call was sent.</param>
    public static void TakeReportAtEnd(in AnswerSigns end, InstanceStatistics statistics, TimeSpan now, TimeSpan sentAt)
    {
        if (end.HasReport)
        {
            Take(end.Report is { Length: <= TrailerCharsMax } text ? LoadMetadata.TryReadTrailer(text) : null, statistics, now, sentAt);
        }
    }

    /// <summary>The gRPC status of a response that has been read to its end; null if it is not one of gRPC.</summary>
    public static StatusCode? GrpcStatus(HttpResponseMessage response) => AnswerSigns.OfEnd(response).Status;

    /// <summary>What a response that has been read to its end says of its instance.</summary>
    public static AttemptResult ResultOf(HttpResponseMessage response) => ResultOf(response, GrpcStatus(response));

    /// <summary>What a response that has been read to its end says of its instance.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="status">Its gRPC status; null if it is not one of gRPC.</param>
    /// <remarks>A gRPC status rides on HTTP 200, in the trailers. What is named neither there nor here is about the request, so the
    /// instance did its part.</remarks>
    public static AttemptResult ResultOf(HttpResponseMessage response, StatusCode? status) => (int)response.StatusCode switch
    {
        >= 500 => AttemptResult.Failure,
        429 => AttemptResult.Overload,
        _ => status switch
        {
            StatusCode.Unknown or StatusCode.Internal or StatusCode.Unavailable or StatusCode.DataLoss => AttemptResult.Failure,
            StatusCode.ResourceExhausted => AttemptResult.Overload,
            // The caller's deadline, and the caller's doing.
            StatusCode.DeadlineExceeded or StatusCode.Cancelled => AttemptResult.Cancelled,
            _ => AttemptResult.Success,
        },
    };

    /// <summary>Whether a response is a stream of events, which takes as long as somebody listens.</summary>
    public static bool IsEventStream(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
        && type.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>The trailers of a response that has been read to its end, or the headers in their place; null over HTTP/1.1.</summary>
    // HTTP/1.1 has trailers too, but nobody sends any that matter here, and asking for them allocates the collection.
    public static HttpHeadersNonValidated? Trailers(HttpResponseMessage response) => response.Version.Major < 2
        ? null
        : IsTrailersOnly(response) ? response.Headers.NonValidated : response.TrailingHeaders.NonValidated;

    private static void Take(LoadReport? report, InstanceStatistics statistics, TimeSpan now, TimeSpan? sentAt)
    {
        if (report is null)
        {
            statistics.OnBadReport();
        }
        else if (sentAt is { } at)
        {
            statistics.OnAnswerReport(report, now, at);
        }
        else
        {
            statistics.OnReport(report, now);
        }
    }
}
