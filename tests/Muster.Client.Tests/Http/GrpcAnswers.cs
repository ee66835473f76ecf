using Microsoft.AspNetCore.Http;
using Muster.Grpc;

namespace Muster.Client.Tests.Http;

/// <summary>Answers gRPC calls byte by byte, so that a test may stop anywhere.</summary>
internal static class GrpcAnswers
{
    /// <summary>An empty message in its frame.</summary>
    private static readonly byte[] EmptyFrame = new byte[5];

    public static async Task WriteMessageAsync(HttpContext context, byte[]? frame = null)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.BodyWriter.WriteAsync(frame ?? EmptyFrame);
        await context.Response.BodyWriter.FlushAsync();
    }

    public static async Task OkAsync(HttpContext context)
    {
        await WriteMessageAsync(context);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    public static RequestDelegate TrailersOnly(StatusCode status) => context =>
    {
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = $"{(int)status}";
        return Task.CompletedTask;
    };

    public static RequestDelegate Trailers(StatusCode status) => async context =>
    {
        await WriteMessageAsync(context);
        context.Response.AppendTrailer("grpc-status", $"{(int)status}");
        context.Response.AppendTrailer("grpc-message", "as told");
    };
}
