using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore;
using Muster.Client.Tests.Scripted;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.Orca;
using Muster.Protocol.V1;
using Endpoint = Muster.Core.Model.Endpoint;
using LoadReport = Muster.Core.Model.LoadReport;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>What callers and the registry hear of an app's load.</summary>
public sealed class LoadReportTests
{
    private static readonly Uri s_root = new("/", UriKind.Relative);

    [Fact]
    public async Task Http_EachResponse_CarriesTheShortHeader()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await AppFixture.StartAsync(
            registry.Address, a => a.MapGet("/", () => "ok"), configure: o => o with { LoadSource = new Half() });
        using var http = new HttpClient { BaseAddress = app.Address() };

        using var response = await http.GetAsync(s_root);

        var report = LoadMetadata.TryReadHeader(response.Headers.GetValues(LoadMetadata.HeaderName).Single());
        Assert.Equal((0.5, 1), (report?.CpuUtilization, report?.Named[OrcaMapping.RequestsInFlight]));
    }

    [Fact]
    public async Task Grpc_CallThatSucceeds_CarriesTheOrcaTrailer()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartGrpcAsync(registry);
        using var channel = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(channel);

        var result = await Client(invoker, app).UnaryWithMetadataAsync(RegistryMethods.ListServices, new ListServicesRequest());

        // Its own call is over with it, and counts no more.
        var report = OrcaLoadReport.Parser.ParseFrom(result.Trailers.GetBytes(LoadMetadata.TrailerName));
        Assert.Equal((0.5, 0), (report.CpuUtilization, report.NamedMetrics[OrcaMapping.RequestsInFlight]));
    }

    [Fact]
    public async Task Grpc_CallThatFails_CarriesItBesideTheStatus()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartGrpcAsync(registry);
        using var channel = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(channel);

        var e = await Assert.ThrowsAsync<RpcException>(() => Client(invoker, app).UnaryAsync(
            RegistryMethods.ListServices, new ListServicesRequest { Namespace = "bad" }));

        Assert.Equal((StatusCode.InvalidArgument, "namespace"), (e.Code, e.Status.Detail));
        Assert.NotNull(e.Trailers.GetBytes(LoadMetadata.TrailerName));
    }

    [Fact]
    public async Task Registration_GrpcApp_IsAnnouncedAsHttp2AtItsPort()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await StartGrpcAsync(registry);
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();

        var instance = (await session.AcceptAsync()).Instance;

        Assert.Equal("127.0.0.1", instance.Host);
        Assert.Equal(new Endpoint("default", "http", EndpointProtocol.Http2, app.Address().Port).ToWire(), instance.Endpoints.Single());
    }

    [Fact]
    public async Task Request_Ends_IsReportedSoon()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await AppFixture.StartAsync(
            registry.Address, a => a.MapGet("/", () => "ok"), configure: o => o with { LoadSource = new Half() });
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();
        await session.AcceptAsync();
        await session.ReadAsync();
        await app.Registrations().All.Single().WaitRegisteredAsync(CancellationToken.None).InTime();
        using var http = new HttpClient { BaseAddress = app.Address() };

        _ = await http.GetStringAsync(s_root);
        var report = await session.ReadAsync();

        // Not a heartbeat, which would ask for an answer.
        Assert.Equal(0ul, report.RequestId);
        Assert.Equal(0.5, report.Renew.Reports.Single().Load.CpuUtilization);
    }

    [Fact]
    public async Task UseMusterLoadReports_NothingAdded_SaysWhatIsMissing()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddMuster();
        await using var app = builder.Build();

        var e = Assert.Throws<InvalidOperationException>(() => app.UseMusterLoadReports());

        Assert.Contains(nameof(MusterAspNetCoreExtensions.AddMusterLoadReports), e.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(MusterAspNetCoreExtensions.AddMusterRegistration), e.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => app.MapMusterLoadReports());
    }

    private static Task<WebApplication> StartGrpcAsync(ScriptedRegistry registry) => AppFixture.StartAsync(
        registry.Address, app => app.MapGrpcService(new Lists()), HttpProtocols.Http2, o => o with { LoadSource = new Half() });

    private static GrpcClient Client(HttpMessageInvoker invoker, WebApplication app) =>
        new(invoker, app.Address(), new GrpcClientOptions { TimeProvider = TimeProvider.System });

    private sealed class Half : ILoadSource
    {
        public LoadReport? Current { get; } = new() { CpuUtilization = 0.5 };
    }

    private sealed class Lists : IGrpcService
    {
        public void Bind(GrpcServiceBinder binder) => binder.Unary(
            RegistryMethods.ListServices,
            (request, _) => request.Namespace == "bad"
                ? throw new RpcException(StatusCode.InvalidArgument, "namespace")
                : Task.FromResult(new ListServicesResponse()));
    }
}
