using Microsoft.AspNetCore.Http;
using Muster.Core.Model;
using Muster.Grpc.AspNetCore;

namespace Muster.Registry.Api;

/// <summary>Who makes a call, by gRPC or by HTTP.</summary>
/// <remarks>Looks things up when it is asked: most calls ask for neither.</remarks>
internal readonly struct ApiCaller
{
    private readonly HttpContext _http;
    private readonly GrpcServerContext? _grpc;

    private ApiCaller(HttpContext http, GrpcServerContext? grpc) => (_http, _grpc) = (http, grpc);

    /// <summary>Where it comes from, host and port.</summary>
    public string Address => _http.Connection.RemoteIpAddress is { } address
        ? HostPort.Format($"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}", _http.Connection.RemotePort)
        : "an unknown address";

    /// <summary>Fires when it has gone, or its time is over.</summary>
    public CancellationToken CancellationToken => _grpc?.CancellationToken ?? _http.RequestAborted;

    public static ApiCaller Of(GrpcServerContext context) => new(context.HttpContext, context);

    public static ApiCaller Of(HttpContext http) => new(http, null);
}
