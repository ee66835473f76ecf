using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Answers gRPC calls of unknown services and methods. One per application, however many services are
/// mapped.</summary>
internal sealed class UnimplementedEndpoint : EndpointDataSource
{
    private readonly Endpoint[] _endpoints = [Create()];

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>Adds the endpoint unless it is there.</summary>
    public static void EnsureMapped(IEndpointRouteBuilder endpoints)
    {
        if (!endpoints.DataSources.OfType<UnimplementedEndpoint>().Any())
        {
            endpoints.DataSources.Add(new UnimplementedEndpoint());
        }
    }

    /// <summary>Ends the call with a status that names what was called.</summary>
    public static void Answer(HttpContext http) => StatusWriter.WriteTrailersOnly(
        http.Response,
        new Status(StatusCode.Unimplemented, $"No service here implements {http.Request.Path.Value}."));

    public override IChangeToken GetChangeToken() => NullChangeToken.Singleton;

    private static RouteEndpoint Create()
    {
        var policies = new RouteValueDictionary { ["method"] = new GrpcOnly() };
        var pattern = RoutePatternFactory.Parse("/{service}/{method}", defaults: null, parameterPolicies: policies);
        // Behind every endpoint of the application, but before a fallback to a page (which has the largest order).
        return (RouteEndpoint)new RouteEndpointBuilder(AnswerAsync, pattern, int.MaxValue - 1)
        {
            DisplayName = "gRPC - unimplemented",
        }.Build();
    }

    private static Task AnswerAsync(HttpContext http)
    {
        if (RequestCheck.Passes(http))
        {
            Answer(http);
        }

        return Task.CompletedTask;
    }

    /// <summary>Keeps the endpoint out of the way of HTTP requests with two path segments.</summary>
    private sealed class GrpcOnly : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext,
            IRouter? route,
            string routeKey,
            RouteValueDictionary values,
            RouteDirection routeDirection) =>
            httpContext is not null && RequestCheck.IsGrpc(httpContext.Request);
    }
}
