using Microsoft.AspNetCore.Http;
using Muster.Protocol.Mapping;

namespace Muster.AspNetCore;

/// <summary>Adds the load report to each response, and passes it on to the registry.</summary>
internal sealed class LoadReportMiddleware(RequestDelegate next, LoadReports reports, IMusterRegistrations registrations)
{
    private const string GrpcContentType = "application/grpc";
    private const string GrpcStatus = "grpc-status";

    public async Task InvokeAsync(HttpContext context)
    {
        var isGrpc = context.Request.ContentType?.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase) == true;
        if (!isGrpc)
        {
            // As late as a header can be written: when the response starts, its handler has done most of its work.
            context.Response.OnStarting(static state =>
            {
                var (response, reporter) = ((HttpResponse, LoadReporter))state;
                response.Headers[LoadMetadata.HeaderName] = reporter.Header;
                return Task.CompletedTask;
            }, (context.Response, reports.OfResponses));
        }

        try
        {
            await next(context).ConfigureAwait(false);
            if (isGrpc)
            {
                AddTrailer(context.Response);
            }
        }
        finally
        {
            foreach (var registration in registrations.All)
            {
                registration.ReportSoon();
            }
        }
    }

    private void AddTrailer(HttpResponse response)
    {
        if (response.HasStarted || !response.Headers.ContainsKey(GrpcStatus))
        {
            if (response.SupportsTrailers())
            {
                response.AppendTrailer(LoadMetadata.TrailerName, reports.OfResponses.Trailer);
            }
        }
        else
        {
            // The status is among the headers: they are all that this response has, and stand for its trailers.
            response.Headers[LoadMetadata.TrailerName] = reports.OfResponses.Trailer;
        }
    }
}
