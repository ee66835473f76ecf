using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Muster.Registry.Api;

/// <summary>The HTTP side of a node: whether it lives, and whether it can answer.</summary>
internal static class HttpEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var feed = endpoints.ServiceProvider.GetRequiredService<CatalogFeed>();
        endpoints.MapGet("/healthz", (HttpContext context) => AnswerAsync(context, StatusCodes.Status200OK, "ok"));
        endpoints.MapGet("/readyz", (HttpContext context) => feed.IsLoaded
            ? AnswerAsync(context, StatusCodes.Status200OK, "ready")
            : AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "the catalog is not loaded yet"));
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
