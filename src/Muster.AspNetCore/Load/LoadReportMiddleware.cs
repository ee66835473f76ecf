using Microsoft.AspNetCore.Http;
using Muster.Protocol.Mapping;

namespace Muster.AspNetCore.Load;

/// <summary>Counts each request, and adds the load report to its response.</summary>
internal sealed class LoadReportMiddleware(RequestMeter meter, LoadReporter load)
{
    private const string GrpcContentType = "application/grpc";
    private const string GrpcStatus = "grpc-status";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        meter.Begin();
        try
        {
            var isGrpc = context.Request.ContentType?.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase) == true;
            if (!isGrpc)
            {
                AddHeader(context.Response);
            }

            await next(context);
            if (isGrpc)
            {
                AddTrailer(context.Response);
            }
        }
        finally
        {
            meter.End();
            load.OnChanged?.Invoke();
        }
    }

    // With plain HTTP the figure goes out before the work is done: nearly no HTTP/1.1 client reads trailers.
    private void AddHeader(HttpResponse response)
    {
        if (load.Header is { Length: > 0 } header)
        {
            response.Headers[LoadMetadata.HeaderName] = header;
        }
    }

    private void AddTrailer(HttpResponse response)
    {
        if (load.Trailer is not { } trailer)
        {
            return;
        }

        if (response.Headers.ContainsKey(GrpcStatus))
        {
            // A response that is nothing but a status carries its trailers in the headers, and may have sent them already.
            if (!response.HasStarted)
            {
                response.Headers[LoadMetadata.TrailerName] = trailer;
            }
        }
        else if (response.SupportsTrailers())
        {
            response.AppendTrailer(LoadMetadata.TrailerName, trailer);
        }
    }
}
