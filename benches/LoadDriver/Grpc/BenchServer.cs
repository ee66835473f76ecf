using System.Buffers.Binary;
using System.CommandLine;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Muster.Bench.LoadDriver.Protos;
using Muster.Grpc.AspNetCore;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary>The server of the gRPC bench, a process of its own so that each side's allocations are its own: the service, and the
/// same answers by bare endpoints. Prints its port; ends with its standard input.</summary>
internal sealed class BenchServer : IGrpcService
{
    public const string CommandName = "grpc-server";

    public static Command Create()
    {
        var command = new Command(CommandName, "The server of the bench 'grpc'.") { Hidden = true };
        command.SetAction(async (_, cancellationToken) =>
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel =>
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
            await using var app = builder.Build();
            app.MapGrpcService(new BenchServer());
            app.MapPost("/bare/unary", BareUnaryAsync);
            app.MapPost("/bare/sized", BareSizedAsync);
            app.MapPost("/bare/down", BareDownAsync);
            app.MapPost("/bare/up", BareUpAsync);
            app.MapGet("/allocated", () => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
            await app.StartAsync(cancellationToken);
            Console.WriteLine(new Uri(app.Urls.Single()).Port);
            await Console.In.ReadToEndAsync(cancellationToken);
            return 0;
        });
        return command;
    }

    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(BenchMethods.Unary, static (request, _) => Task.FromResult(request));
        binder.ServerStreaming(BenchMethods.Down, static async (request, responses, _) =>
        {
            for (var i = 0; i < request.Messages; i++)
            {
                await responses.WriteAsync(request.Message);
            }
        });
        binder.ClientStreaming(BenchMethods.Up, static async (requests, _) =>
        {
            var count = 0;
            while (await requests.ReadAsync() is not null)
            {
                count++;
            }

            return new UpResponse { Messages = count };
        });
    }

    private static async Task BareUnaryAsync(HttpContext context)
    {
        await ReadAllAsync(context.Request);
        context.Response.ContentType = "application/grpc";
        await context.Response.BodyWriter.WriteAsync(BenchMethods.Frame);
        AppendStatus(context);
    }

    private static async Task BareSizedAsync(HttpContext context)
    {
        const int PrefixBytes = 5;
        await ReadAllAsync(context.Request);
        var bytes = int.Parse(context.Request.Query["bytes"].ToString(), CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/grpc";
        var frame = context.Response.BodyWriter.GetSpan(PrefixBytes + bytes)[..(PrefixBytes + bytes)];
        frame.Clear();
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], bytes);
        context.Response.BodyWriter.Advance(frame.Length);
        await context.Response.BodyWriter.FlushAsync();
        AppendStatus(context);
    }

    private static async Task BareDownAsync(HttpContext context)
    {
        await ReadAllAsync(context.Request);
        var messages = int.Parse(context.Request.Query["messages"].ToString(), CultureInfo.InvariantCulture);
        context.Response.ContentType = "application/grpc";
        for (var i = 0; i < messages; i++)
        {
            // WriteAsync flushes, as a streamed message must be.
            await context.Response.BodyWriter.WriteAsync(BenchMethods.Frame);
        }

        AppendStatus(context);
    }

    private static async Task BareUpAsync(HttpContext context)
    {
        await ReadAllAsync(context.Request);
        context.Response.ContentType = "application/grpc";
        await context.Response.BodyWriter.WriteAsync(BenchMethods.Frame);
        AppendStatus(context);
    }

    private static void AppendStatus(HttpContext context) =>
        context.Features.Get<IHttpResponseTrailersFeature>()!.Trailers["grpc-status"] = "0";

    private static async Task ReadAllAsync(HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync();
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}
