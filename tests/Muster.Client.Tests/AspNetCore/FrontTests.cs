using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Muster.AspNetCore;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.Orca;
using Muster.Protocol.V1;
using LoadReport = Muster.Core.Model.LoadReport;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>What an app tells that is announced by nobody, or by others: one line adds it, whatever the app's pipeline is.</summary>
public sealed class FrontTests
{
    private static readonly Uri s_root = new("/", UriKind.Relative);
    private static readonly Uri s_probe = new(LoadMetadata.ProbePath, UriKind.Relative);

    [Fact]
    public async Task AddMusterLoadReports_Alone_PutsTheHeaderOnEachResponse()
    {
        await using var app = await ServedApp.StartAsync(s => s.AddMusterLoadReports(WithHalf), a => a.MapGet("/", () => "ok"));

        using var found = await app.Http.GetAsync(s_root);
        using var missing = await app.Http.GetAsync(new Uri("/nothing", UriKind.Relative));

        // Its own request is among those in flight: its body is still to come, or its caller has not heard that it has none.
        Assert.Equal((0.5, 1), Read(found));
        Assert.Equal((HttpStatusCode.NotFound, (0.5, 1)), (missing.StatusCode, Read(missing)));
    }

    [Fact]
    public async Task AddAndUse_Both_SendOneReport()
    {
        await using var http = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports().AddMusterLoadReports(), a => a.UseMusterLoadReports().UseMusterLoadReports());
        await using var grpc = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(),
            a =>
            {
                a.UseMusterLoadReports();
                a.MapGrpcService(new Lists());
            },
            HttpProtocols.Http2);

        using var response = await http.Http.GetAsync(s_root);
        var call = await grpc.Grpc().UnaryWithMetadataAsync(RegistryMethods.ListServices, new ListServicesRequest());

        Assert.Single(response.Headers.GetValues(LoadMetadata.HeaderName));
        Assert.Single(call.Trailers, t => t.Key == LoadMetadata.TrailerName);
    }

    [Fact]
    public async Task Pipeline_AnswersBeforeAnythingOfTheApp_IsReportedToo()
    {
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(WithHalf),
            a => a.Use((HttpContext context, RequestDelegate _) =>
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            }));

        using var response = await app.Http.GetAsync(s_root);

        Assert.Equal((HttpStatusCode.Unauthorized, (0.5, 1)), (response.StatusCode, Read(response)));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Probe_AnyProtocol_IsAnsweredBeforeTheAppAndCountsNowhere(HttpProtocols protocols)
    {
        var seen = new List<string>();
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(WithHalf),
            a => a.Run(context =>
            {
                seen.Add(context.Request.Path);
                return Task.CompletedTask;
            }),
            protocols);

        using var get = await app.Http.GetAsync(s_probe);
        using var head = await app.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, s_probe)
        {
            Version = app.Http.DefaultRequestVersion,
            VersionPolicy = app.Http.DefaultVersionPolicy,
        });
        using var request = await app.Http.GetAsync(s_root);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (get.StatusCode, head.StatusCode));
        Assert.Equal(((0.5, 0), (0.5, 0)), (Read(get), Read(head)));
        Assert.Empty(await get.Content.ReadAsByteArrayAsync());
        Assert.Equal(["/"], seen);
        Assert.Equal(1, app.Get<RequestMeter>().Begin().InFlight);
        Assert.NotNull(app.Get<RequestMeter>().LatencyMillisecondsNear(0));
    }

    [Fact]
    public async Task Probe_FilterOfTheAppWasThereFirst_IsAnsweredBeforeIt()
    {
        await using var app = await ServedApp.StartAsync(
            s => s.AddSingleton<IStartupFilter>(new Refuses()).AddMusterLoadReports(), a => a.MapGet("/", () => "ok"));

        using var probe = await app.Http.GetAsync(s_probe);
        using var other = await app.Http.GetAsync(s_root);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.Forbidden), (probe.StatusCode, other.StatusCode));
    }

    [Fact]
    public async Task Probe_OnAPortOfGrpc_SeesTheCallsThatRun()
    {
        var lists = new Lists();
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(WithHalf), a => a.MapGrpcService(lists), HttpProtocols.Http2);
        lists.Gate = new TaskCompletionSource();
        var call = app.Grpc().UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        await lists.Entered.Task.InTime();

        using var response = await app.Http.GetAsync(s_probe);
        lists.Gate.SetResult();
        await call.InTime();

        Assert.Equal((0.5, 1), Read(response));
    }

    [Fact]
    public async Task Probe_OtherMethod_IsRefused()
    {
        await using var app = await ServedApp.StartAsync(s => s.AddMusterLoadReports(), a => a.Run(_ => Task.CompletedTask));

        using var response = await app.Http.PostAsync(s_probe, null);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task Probe_SwitchedOff_IsTheAppsOwnPath()
    {
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(o => o with { AnswerProbes = false }), a => a.MapGet("/", () => "ok"));

        using var response = await app.Http.GetAsync(s_probe);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Grpc_StatusesOfFailures_CountAsErrorsPerSecond()
    {
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(WithHalf), a => a.MapGrpcService(new Lists()), HttpProtocols.Http2);
        foreach (var code in new[] { StatusCode.Internal, StatusCode.NotFound, StatusCode.Unavailable, StatusCode.ResourceExhausted })
        {
            await Assert.ThrowsAsync<RpcException>(() => app.Grpc().UnaryAsync(
                RegistryMethods.ListServices, new ListServicesRequest { Namespace = ((int)code).ToString(CultureInfo.InvariantCulture) }));
        }

        var answered = await app.Grpc().UnaryWithMetadataAsync(RegistryMethods.ListServices, new ListServicesRequest());

        Assert.Equal((5, 2), app.Get<RequestMeter>().Counts);
        Assert.NotNull(answered.Trailers.GetBytes(LoadMetadata.TrailerName));
    }

    [Fact]
    public async Task Grpc_StreamingMethod_IsCountedApart()
    {
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(WithHalf), a => a.MapGrpcService(new Lists()), HttpProtocols.Http2);
        await using var stream = app.Grpc().Streaming(RegistryMethods.Watch);
        await stream.WriteAsync(new WatchRequest());
        Assert.NotNull(await stream.ReadAsync().AsTask().InTime());

        using var during = await app.Http.GetAsync(s_probe);
        await stream.CompleteWritesAsync();
        Assert.Null(await stream.ReadAsync().AsTask().InTime());
        var report = OrcaLoadReport.Parser.ParseFrom(stream.Trailers.GetBytes(LoadMetadata.TrailerName));

        var metrics = LoadMetadata.TryReadHeader(during.Headers.GetValues(LoadMetadata.HeaderName).Single())!.Named;
        Assert.Equal((0, 1), (metrics[OrcaMapping.RequestsInFlight], metrics[OrcaMapping.Streams]));
        Assert.Equal(0, report.NamedMetrics[OrcaMapping.RequestsInFlight]);
        Assert.Null(app.Get<RequestMeter>().LatencyMillisecondsNear(0));
    }

    [Fact]
    public async Task Http_EventStream_IsCountedApartFromItsFirstByteOn()
    {
        var release = new TaskCompletionSource();
        await using var app = await ServedApp.StartAsync(s => s.AddMusterLoadReports(WithHalf), a => a.Run(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await release.Task;
        }));

        using var response = await app.Http.GetAsync(s_root, HttpCompletionOption.ResponseHeadersRead);
        var meter = app.Get<RequestMeter>();

        Assert.Equal((0.5, 0), Read(response));
        Assert.Equal((0, 1), (meter.InFlight, meter.Streams));
        release.SetResult();
        _ = await response.Content.ReadAsStringAsync().InTime();
        await meter.QuietAsync(0, TimeSpan.Zero, CancellationToken.None).InTime();
        Assert.Equal((0, 0), (meter.InFlight, meter.Streams));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Http_WebSocket_IsCountedApartOnceItIsOpen(HttpProtocols protocols)
    {
        var (open, close) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(),
            a => a.UseWebSockets().Run(async context =>
            {
                using var accepted = await context.WebSockets.AcceptWebSocketAsync();
                open.SetResult();
                await close.Task;
            }),
            protocols);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = app.Http.DefaultRequestVersion;
        socket.Options.HttpVersionPolicy = app.Http.DefaultVersionPolicy;
        await socket.ConnectAsync(new Uri($"ws://{app.Http.BaseAddress!.Authority}/"), app.Http, CancellationToken.None).InTime();
        await open.Task.InTime();
        var meter = app.Get<RequestMeter>();

        Assert.Equal((0, 1), (meter.InFlight, meter.Streams));
        close.SetResult();
        await meter.QuietAsync(0, TimeSpan.Zero, CancellationToken.None).InTime();
        Assert.Equal((0, 0), (meter.InFlight, meter.Streams));
    }

    [Fact]
    public async Task IsStream_SaysSo_IsCountedApart()
    {
        RequestMeter meter = null!;
        await using var app = await ServedApp.StartAsync(
            s => s.AddMusterLoadReports(o => o with { IsStream = context => context.Request.Path == "/poll" }),
            a => a.MapGet("/{name}", () => $"{meter.InFlight} {meter.Streams}"));
        meter = app.Get<RequestMeter>();

        Assert.Equal("0 1", await app.Http.GetStringAsync(new Uri("/poll", UriKind.Relative)));
        Assert.Equal("1 0", await app.Http.GetStringAsync(new Uri("/other", UriKind.Relative)));
    }

    [Fact]
    public async Task Request_CallerLeaves_IsNoFailureOfTheApp()
    {
        var entered = new TaskCompletionSource();
        await using var app = await ServedApp.StartAsync(s => s.AddMusterLoadReports(), a => a.Run(async context =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }));
        using var leave = new CancellationTokenSource();
        var call = app.Http.GetAsync(s_root, leave.Token);
        await entered.Task.InTime();
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        var meter = app.Get<RequestMeter>();
        await meter.QuietAsync(0, TimeSpan.Zero, CancellationToken.None).InTime();
        Assert.Equal((1, 0), meter.Counts);
    }

    private static MusterLoadReportsOptions WithHalf(MusterLoadReportsOptions options) => options with { LoadSource = new Half() };

    private static (double? Cpu, double? InFlight) Read(HttpResponseMessage response)
    {
        var report = LoadMetadata.TryReadHeader(response.Headers.GetValues(LoadMetadata.HeaderName).Single());
        return (report?.CpuUtilization, report?.Named[OrcaMapping.RequestsInFlight]);
    }

    private sealed class Half : ILoadSource
    {
        public LoadReport? Current { get; } = new() { CpuUtilization = 0.5 };
    }

    private sealed class Refuses : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app => app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        });
    }

    private sealed class Lists : IGrpcService
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Holds the answers back until it is set.</summary>
        public TaskCompletionSource? Gate { get; set; }

        public void Bind(GrpcServiceBinder binder)
        {
            binder.Unary(RegistryMethods.ListServices, ListAsync);
            binder.Duplex(RegistryMethods.Watch, async (requests, responses, _) =>
            {
                while (await requests.ReadAsync() is not null)
                {
                    await responses.WriteAsync(new WatchResponse());
                }
            });
        }

        private async Task<ListServicesResponse> ListAsync(ListServicesRequest request, GrpcServerContext context)
        {
            Entered.TrySetResult();
            if (Gate is { } gate)
            {
                await gate.Task;
            }

            return request.Namespace.Length == 0
                ? new ListServicesResponse()
                : throw new RpcException((StatusCode)int.Parse(request.Namespace, CultureInfo.InvariantCulture), "as asked");
        }
    }
}
