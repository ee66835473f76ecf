using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Muster.Grpc.Calls;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Runs one method: checks the request, calls the handler, and ends the response with exactly one
/// status.</summary>
internal abstract class MethodHandler(GrpcMethod method, CallSettings settings)
{
    public GrpcMethod Method => method;

    protected GrpcServerOptions Options => settings.Options;

    public async Task InvokeAsync(HttpContext http)
    {
        if (!RequestCheck.Passes(http))
        {
            return;
        }

        // Routing ignores case, gRPC does not.
        if (!http.Request.Path.Value!.EndsWith(method.FullName, StringComparison.Ordinal))
        {
            UnimplementedEndpoint.Answer(http);
            return;
        }

        LiftHttpLimits(http);
        Deadline? deadline;
        RequestEncoding encoding;
        try
        {
            encoding = RequestEncoding.Read(http);
            deadline = Deadline.Start(Timeout(http), settings.TimeProvider, http.RequestAborted);
        }
        catch (RpcException e)
        {
            StatusWriter.WriteTrailersOnly(http.Response, e.Status);
            return;
        }

        using (deadline)
        {
            var context = new GrpcServerContext(
                http, method, deadline, encoding, Options.CompressResponses, settings.TimeProvider);
            await RunToStatusAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what the handler needs, calls it, and writes what it returns.</summary>
    protected abstract ValueTask RunAsync(GrpcServerContext context);

    private static string? Timeout(HttpContext http) =>
        http.Request.Headers.TryGetValue(WireNames.Timeout, out var value) ? value.ToString() : null;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunToStatusAsync(GrpcServerContext context)
    {
        CallEnd end;
        try
        {
            await RunAsync(context).ConfigureAwait(false);
            end = context.IsDeadlinePassed ? new CallEnd(LateStatus, Metadata.Empty) : CallEnd.Ok;
        }
        catch (RpcException e)
        {
            end = CallEnd.From(e);
        }
        catch (OperationCanceledException) when (context.IsDeadlinePassed)
        {
            end = new CallEnd(LateStatus, Metadata.Empty);
        }
        catch (OperationCanceledException) when (context.IsClientGone)
        {
            end = new CallEnd(new Status(StatusCode.Cancelled, "The client cancelled the call."), Metadata.Empty);
        }
        catch (Exception e)
        {
            Log.HandlerFailed(settings.Logger, method.FullName, e);
            end = new CallEnd(
                new Status(StatusCode.Unknown, "The handler failed; the server's log says how."), Metadata.Empty);
        }

        var status = context.Finish(end);
        if (status.Code != StatusCode.OK)
        {
            Log.CallFailed(settings.Logger, method.FullName, status.Code, status.Detail);
        }
    }

    private static Status LateStatus => new(StatusCode.DeadlineExceeded, "The deadline of the call has passed.");

    /// <summary>Message limits stand in for Kestrel's body limit, and a stream may be idle for hours: Kestrel's minimum
    /// rate, meant for uploads, would end it.</summary>
    private void LiftHttpLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (method.Kind is MethodKind.ClientStreaming or MethodKind.DuplexStreaming
            && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}
