using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Muster.Bench.LoadDriver;
using Muster.Bench.LoadDriver.Grpc;
using Muster.Grpc.AspNetCore;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>What is called: a process of its own, so that all that is allocated here is the caller's. One Kestrel listens on several
/// ports, which stand for as many instances; it ends with its standard input.</summary>
internal static class TargetServer
{
    public const string CommandName = "client-target";

    /// <summary>Instances that it stands for.</summary>
    public const int Instances = 3;

    public static Command CreateCommand()
    {
        var command = new Command(CommandName, "The server of the bench 'client'.") { Hidden = true };
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var plain = await StartAsync(HttpProtocols.Http1, app => app.MapGet("/", AnswerAsync), cancellationToken);
            await using var grpc = await StartAsync(HttpProtocols.Http2, app => app.MapGrpcService(new EchoService()), cancellationToken);
            Console.WriteLine(string.Join(' ', plain.Urls.Concat(grpc.Urls).Select(url => new Uri(url).Port)));
            await Console.In.ReadToEndAsync(cancellationToken);
            return 0;
        });
        return command;
    }

    /// <summary>Starts it as a process.</summary>
    public static async Task<TargetProcess> StartProcessAsync(CancellationToken cancellationToken)
    {
        var process = OwnProgram.Start(CommandName);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new InvalidOperationException("The bench's server ended before it listened.");
        return new TargetProcess(process, line);
    }

    private static async Task<WebApplication> StartAsync(
        HttpProtocols protocol, Action<WebApplication> map, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var i = 0; i < Instances; i++)
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocol);
            }
        });
        var app = builder.Build();
        map(app);
        await app.StartAsync(cancellationToken);
        return app;
    }

    private static Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentLength = BenchMethods.Frame.Length;
        return context.Response.Body.WriteAsync(BenchMethods.Frame).AsTask();
    }

    private sealed class EchoService : IGrpcService
    {
        public void Bind(GrpcServiceBinder binder) => binder.Unary(BenchMethods.Unary, static (request, _) => Task.FromResult(request));
    }
}
