using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>The span of one attempt.</summary>
/// <remarks>
/// Named as gRFC A72 names the attempts of gRPC, <c>Attempt.muster.v1.Registry/Watch</c>, and those of plain HTTP in the same way:
/// <c>Attempt.GET</c>. Its kind is internal, as gRPC's is: the client span of OpenTelemetry's conventions is the one that the transport
/// makes below it, and who counts client spans must not count each request twice.
/// </remarks>
internal static class AttemptSpan
{
    private const string OtherMethod = "_OTHER";
    private static readonly ActivitySource s_source = new(MusterTelemetry.ActivitySourceName);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsWanted => s_source.HasListeners();

    /// <summary>Begins one. It becomes the current one, so that the transport's own span is its child.</summary>
    /// <param name="balancer">Who picked.</param>
    /// <param name="target">The instance.</param>
    /// <param name="request">The request.</param>
    /// <param name="call">Its call.</param>
    /// <param name="kind">Why there is this attempt.</param>
    /// <param name="number">1 for the first, and so on.</param>
    /// <param name="previous">Attempts before it, without transparent retries.</param>
    /// <returns>Null if nobody wants this one.</returns>
    public static Activity? Start(
        Balancer balancer, Target target, HttpRequestMessage request, CallTrace call, AttemptKind kind, int number, int previous)
    {
        Activity.Current = call.Parent;
        var method = HttpMethodOf(request);
        var span = s_source.StartActivity($"Attempt.{call.Method ?? (method == OtherMethod ? "HTTP" : method)}", ActivityKind.Internal);
        if (span is null)
        {
            return null;
        }

        if (call.Method is { } rpc)
        {
            span.SetTag(InstrumentNames.RpcSystemTag, "grpc")
                .SetTag(InstrumentNames.RpcMethodTag, rpc)
                .SetTag(InstrumentNames.PreviousAttemptsTag, previous)
                .SetTag(InstrumentNames.TransparentTag, kind == AttemptKind.TransparentRetry);
        }
        else
        {
            span.SetTag(InstrumentNames.HttpMethodTag, method);
            if (number > 1)
            {
                span.SetTag(InstrumentNames.ResendTag, number - 1);
            }
        }

        AddPlace(span, balancer, target);
        return span
            .SetTag(InstrumentNames.KindTag, Text(kind))
            .SetTag(InstrumentNames.AttemptTag, number);
    }

    /// <summary>Ends one.</summary>
    /// <param name="span">The span.</param>
    /// <param name="end">How its attempt ended.</param>
    /// <param name="status">The gRPC status; null for plain HTTP.</param>
    public static void End(Activity span, in AttemptEnd end, StatusCode? status)
    {
        if (status is { } code)
        {
            span.SetTag(InstrumentNames.RpcStatusTag, GrpcStatus.Text(code));
        }
        else if (end.Response is { } response)
        {
            span.SetTag(InstrumentNames.HttpStatusTag, (int)response.StatusCode);
        }

        if (ErrorOf(end, status) is { } error)
        {
            span.SetTag(InstrumentNames.ErrorTag, error).SetStatus(ActivityStatusCode.Error);
        }

        span.SetTag(InstrumentNames.ResultTag, end.Result.ToString());
        Stop(span);
    }

    // The service is what the call goes to, and the name that the transport's span and all metrics have; the instance is the peer.
    private static void AddPlace(Activity span, Balancer balancer, Target target)
    {
        var (service, member) = (balancer.Fleet.Service, target.Member);
        span.SetTag(InstrumentNames.ServerTag, service.Name);
        if (IPAddress.TryParse(member.Host, out _))
        {
            span.SetTag(InstrumentNames.PeerTag, member.Host).SetTag(InstrumentNames.PeerPortTag, target.Connections.Endpoint.Port);
        }

        span.SetTag(InstrumentNames.ServiceTag, service.Name)
            .SetTag(InstrumentNames.NamespaceTag, service.Namespace)
            .SetTag(InstrumentNames.InstanceTag, member.Id)
            .SetTag(InstrumentNames.AddressTag, member.Address)
            .SetTag(InstrumentNames.PolicyTag, balancer.Key.Policy);
    }

    // An attempt that was given up, by the caller or for another one that won, is no error.
    private static string? ErrorOf(in AttemptEnd end, StatusCode? status)
    {
        if (status is { } code)
        {
            return code == StatusCode.OK || (code == StatusCode.Cancelled && end.Status is null) ? null : GrpcStatus.Text(code);
        }

        if (end.Result == AttemptResult.Cancelled)
        {
            return null;
        }

        return end.Exception is { } exception ? TypeOf(exception)
            : (int?)end.Response?.StatusCode >= 400 ? $"{(int)end.Response.StatusCode}"
            : null;
    }

    // The names that the transport's own span and metrics have: connection_error, response_ended.
    private static string TypeOf(Exception exception)
    {
        var error = exception switch
        {
            HttpRequestException { HttpRequestError: var e } => e,
            HttpIOException { HttpRequestError: var e } => e,
            _ => HttpRequestError.Unknown,
        };
        return error == HttpRequestError.Unknown
            ? exception.GetType().FullName!
            : JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString());
    }

    private static string Text(AttemptKind kind) => kind switch
    {
        AttemptKind.First => "first",
        AttemptKind.Retry => "retry",
        AttemptKind.Hedge => "hedge",
        _ => "transparent_retry",
    };

    // OpenTelemetry's conventions for HTTP: a method that nobody knows may be anything, and must not become a name.
    private static string HttpMethodOf(HttpRequestMessage request) => request.Method.Method switch
    {
        "CONNECT" or "DELETE" or "GET" or "HEAD" or "OPTIONS" or "PATCH" or "POST" or "PUT" or "QUERY" or "TRACE" => request.Method.Method,
        _ => OtherMethod,
    };

    // An attempt may end where its caller has gone on to a span of its own, which has to stay the current one.
    private static void Stop(Activity span)
    {
        var current = Activity.Current;
        span.Stop();
        if (current != span)
        {
            Activity.Current = current;
        }
    }
}
