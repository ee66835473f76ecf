using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Muster.AspNetCore.Connections;
using Muster.Protocol;
using Muster.Protocol.Mapping;

namespace Muster.AspNetCore.Front;

/// <summary>What every request passes first: probes are answered, the others counted, and their responses say how busy the app is and
/// whether it leaves.</summary>
/// <remarks>A report tells what still runs when it leaves. A header goes before its response's body, so its own request is among the
/// requests in flight; a trailer goes last, so its own call is not; a probe is never. Callers count their own calls the same way, and
/// what is left when they take those off is what others send.</remarks>
internal sealed class RequestFront(
    RequestMeter meter, LoadReports reports, MusterLoadReportsOptions options, DrainState drain, OpenConnections connections,
    StreamRoutes routes, Registrations? registrations)
{
    private const string GrpcContentType = "application/grpc";
    private const string EventStreamContentType = "text/event-stream";
    private const string Yes = "1";

    public Task InvokeAsync(RequestDelegate next, HttpContext context)
    {
        var connection = connections.Of(context);
        if (reports.IsOn && options.AnswerProbes && IsAt(context, LoadMetadata.ProbePath))
        {
            AnswerProbe(context, connection);
            return Task.CompletedTask;
        }

        var isGrpc = IsGrpc(context.Request.ContentType);
        if (isGrpc && IsAt(context, OrcaMethods.StreamCoreMetrics.FullName))
        {
            // Who watches the load is none of it, and a drain must not wait for him.
            return PassAsync(next, context, connection);
        }

        return CountAsync(next, context, connection, isGrpc);
    }

    // Not "application/grpc-web", which has its trailers in the body and is plain HTTP to all others.
    private static bool IsGrpc(string? contentType) =>
        contentType?.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase) == true
        && (contentType.Length == GrpcContentType.Length || contentType[GrpcContentType.Length] is '+' or ';' or ' ');

    private static bool IsAt(HttpContext context, string path) =>
        string.Equals(context.Request.Path.Value, path, StringComparison.Ordinal);

    private static async Task PassAsync(RequestDelegate next, HttpContext context, OpenConnection? connection)
    {
        connection?.Enter();
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            connection?.Exit();
        }
    }

    private async Task CountAsync(RequestDelegate next, HttpContext context, OpenConnection? connection, bool isGrpc)
    {
        var isStream = (isGrpc && routes.Contains(context.Request.Path.Value)) || options.IsStream?.Invoke(context) == true;
        var exchange = new Exchange(this, context, connection, meter.Begin(isStream));
        if (!isGrpc)
        {
            // As late as a header can be written: when the response starts, its handler has done most of its work.
            context.Response.OnStarting(static state =>
            {
                var exchange = (Exchange)state;
                exchange.Front.OnStarting(exchange);
                return Task.CompletedTask;
            }, exchange);
        }

        connection?.Enter();
        var end = RequestEnd.Failed;
        try
        {
            await next(context).ConfigureAwait(false);
            end = ResponseEnds.Of(context.Response, isGrpc);
            if (isGrpc)
            {
                AddTrailers(exchange);
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            end = RequestEnd.GivenUp;
            throw;
        }
        finally
        {
            exchange.HasEnded = true;
            meter.End(exchange.Start, end);
            connection?.Exit();
            ReportSoon();
        }
    }

    private void AnswerProbe(HttpContext context, OpenConnection? connection)
    {
        connection?.Enter();
        var response = context.Response;
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status204NoContent;
            response.Headers[LoadMetadata.HeaderName] = reports.OfResponses.Header(meter.InFlight);
        }
        else
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
        }

        AddFarewell(context, connection);
        connection?.Exit();
    }

    private void OnStarting(Exchange exchange)
    {
        var context = exchange.Context;
        if (!exchange.HasEnded && IsEndless(context))
        {
            exchange.Start = meter.BecomeStream(exchange.Start);
        }

        if (reports.IsOn)
        {
            // Its own request counts also where it has just ended: its caller has not heard of that yet.
            var own = exchange is { HasEnded: true, Start.IsStream: false } ? 1 : 0;
            context.Response.Headers[LoadMetadata.HeaderName] = reports.OfResponses.Header(meter.InFlight + own);
        }

        AddFarewell(context, exchange.Connection);
    }

    private void AddTrailers(Exchange exchange)
    {
        if (ResponseEnds.TrailersOf(exchange.Context.Response) is not { } trailers)
        {
            return;
        }

        if (reports.IsOn)
        {
            var own = exchange.Start.IsStream ? 0 : 1;
            trailers[LoadMetadata.TrailerName] = reports.OfResponses.Trailer(Math.Max(0, meter.InFlight - own));
        }

        if (drain.HasBegun)
        {
            trailers[LoadMetadata.DrainingName] = Yes;
        }
    }

    /// <summary>Says that the app leaves, and that the connection does. HTTP/2 has frames for the latter.</summary>
    private void AddFarewell(HttpContext context, OpenConnection? connection)
    {
        var headers = context.Response.Headers;
        if (drain.HasBegun)
        {
            headers[LoadMetadata.DrainingName] = Yes;
        }

        if ((connection is { IsDue: true } || drain.Announced.IsCancellationRequested)
            && HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            headers.Connection = "close";
        }
    }

    private static bool IsEndless(HttpContext context) =>
        context.Response.StatusCode == StatusCodes.Status101SwitchingProtocols
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true }
        || context.Response.ContentType?.StartsWith(EventStreamContentType, StringComparison.OrdinalIgnoreCase) == true;

    private void ReportSoon()
    {
        if (registrations is null || !reports.IsOn)
        {
            return;
        }

        foreach (var registration in registrations.All)
        {
            registration.ReportSoon();
        }
    }
}
