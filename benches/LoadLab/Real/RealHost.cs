using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;
using Muster.Bench.LoadLab.Protos;
using Muster.Client;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;

namespace Muster.Bench.LoadLab.Real;

/// <summary>One real server: an ordinary web app that announces itself and reports its load.</summary>
internal sealed class RealHost : IGrpcService, IAsyncDisposable
{
    private readonly HostPlan _plan;
    private readonly WorkPlace _workPlace;
    private readonly WebApplication _app;

    private RealHost(HostPlan plan, int index, string registry)
    {
        _plan = plan;
        _workPlace = new WorkPlace(plan.Cores, plan.Speeds[index]);
        var protocol = plan.Protocol == RealProtocol.Http1 ? EndpointProtocol.Http1 : EndpointProtocol.Http2;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0,
            listen => listen.Protocols = protocol == EndpointProtocol.Http1 ? HttpProtocols.Http1 : HttpProtocols.Http2));
        builder.Services.AddMuster(options => options with { Registry = registry });
        builder.Services.AddMusterRegistration(
            LabMethods.Service, options => options with { Protocol = protocol, LoadSource = _workPlace });
        _app = builder.Build();
        _app.UseMusterLoadReports();
        _app.MapGet(LabMethods.WorkPath, WorkAsync);
        _app.MapGrpcService(this);
    }

    public static async Task<RealHost> StartAsync(HostPlan plan, int index, string registry, CancellationToken cancellationToken)
    {
        var host = new RealHost(plan, index, registry);
        await host._app.StartAsync(cancellationToken);
        foreach (var registration in host._app.Services.GetRequiredService<IMusterRegistrations>().All)
        {
            await registration.WaitRegisteredAsync(cancellationToken);
        }

        return host;
    }

    public void Bind(GrpcServiceBinder binder) => binder.Unary(LabMethods.Work, async (request, context) =>
    {
        if (_plan.Fails)
        {
            throw new RpcException(StatusCode.Unavailable, "Every request fails here.");
        }

        await _workPlace.WorkAsync(request.Micros, context.CancellationToken);
        return new WorkReply();
    });

    /// <summary>Drains and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _workPlace.Dispose();
    }

    private async Task WorkAsync(HttpContext context)
    {
        if (_plan.Fails)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        var micros = long.Parse(context.Request.Query[LabMethods.MicrosQuery].ToString(), CultureInfo.InvariantCulture);
        await _workPlace.WorkAsync(micros, context.RequestAborted);
        context.Response.ContentLength = 0;
    }
}
