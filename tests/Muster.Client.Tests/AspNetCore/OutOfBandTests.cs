using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Muster.AspNetCore;
using Muster.Client.Tests.Scripted;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.Orca;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>Load reports at an interval, on a clock that stands still.</summary>
public sealed class OutOfBandTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Method_IsThatOfThePublicService()
    {
        var request = OrcaMethods.StreamCoreMetrics.Descriptor.InputType;

        Assert.Equal("/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics", OrcaMethods.StreamCoreMetrics.FullName);
        Assert.Equal(MethodKind.ServerStreaming, OrcaMethods.StreamCoreMetrics.Kind);
        Assert.Equal("xds.service.orca.v3.OrcaLoadReportRequest", request.FullName);
        Assert.Equal(["report_interval", "request_cost_names"], request.Fields.InFieldNumberOrder().Select(f => f.Name));
        Assert.Equal([1, 2], request.Fields.InFieldNumberOrder().Select(f => f.FieldNumber));
        Assert.Equal("xds.data.orca.v3.OrcaLoadReport", OrcaMethods.StreamCoreMetrics.Descriptor.OutputType.FullName);
    }

    [Fact]
    public async Task Stream_Open_ReportsAtOnceAndThenAtTheInterval()
    {
        await using var app = await StartAsync();
        await using var stream = Open(app.Grpc(), TimeSpan.FromSeconds(10));

        var first = await NextAsync(stream);
        await _clock.TimerArmedAsync(d => d == TimeSpan.FromSeconds(10)).InTime();
        var request = app.Get<RequestMeter>().Begin();
        _clock.Advance(TimeSpan.FromSeconds(10));
        var second = await NextAsync(stream);
        app.Get<RequestMeter>().End(request, RequestEnd.Answered);

        // The stream itself is load of no kind.
        Assert.Equal((0.5, 0), (first.CpuUtilization, first.NamedMetrics[OrcaMapping.RequestsInFlight]));
        Assert.Equal(1, second.NamedMetrics[OrcaMapping.RequestsInFlight]);
        Assert.False(second.NamedMetrics.ContainsKey(OrcaMapping.Streams));
        Assert.Equal(0, app.Get<RequestMeter>().Running);
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(1, 1000)]
    [InlineData(999, 1000)]
    [InlineData(1001, 1001)]
    [InlineData(600_000, 600_000)]
    [InlineData(86_400_000, 600_000)]
    public async Task Interval_BeyondItsBounds_IsHeldToThem(int askedMilliseconds, int expectedMilliseconds)
    {
        await using var app = await StartAsync();
        await using var stream = Open(app.Grpc(), TimeSpan.FromMilliseconds(askedMilliseconds));
        _ = await NextAsync(stream);

        Assert.Equal(
            TimeSpan.FromMilliseconds(expectedMilliseconds), await _clock.TimerArmedAsync(d => d > TimeSpan.Zero).InTime());
        Assert.Equal((s_second, TimeSpan.FromMinutes(10)), (Limits.OutOfBandIntervalDefault, Limits.OutOfBandIntervalMax));
    }

    [Fact]
    public async Task Interval_NotGiven_IsTheShortest()
    {
        await using var app = await StartAsync(o => o with { OutOfBandInterval = TimeSpan.FromSeconds(7) });
        await using var stream = app.Grpc().ServerStreaming(OrcaMethods.StreamCoreMetrics, new OrcaLoadReportRequest());
        _ = await NextAsync(stream);

        Assert.Equal(TimeSpan.FromSeconds(7), await _clock.TimerArmedAsync(_ => true).InTime());
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(1, 1_000_000_000)]
    public async Task Interval_IsNone_IsRefusedByName(long seconds, int nanos)
    {
        await using var app = await StartAsync();
        await using var stream = app.Grpc().ServerStreaming(
            OrcaMethods.StreamCoreMetrics,
            new OrcaLoadReportRequest { ReportInterval = new Duration { Seconds = seconds, Nanos = nanos } });

        var e = await Assert.ThrowsAsync<RpcException>(() => NextAsync(stream));

        Assert.Equal(StatusCode.InvalidArgument, e.Code);
        Assert.Contains("report_interval", e.Status.Detail, StringComparison.Ordinal);
        Assert.Contains($"{seconds} s and {nanos} ns", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_OneMoreThanAllowed_IsToldTheLimitAndAnEndMakesRoom()
    {
        await using var app = await StartAsync(o => o with { OutOfBandStreamsMax = 1 });
        using var handler = new SocketsHttpHandler();
        using var leaves = new HttpMessageInvoker(handler);
        var client = new GrpcClient(leaves, app.Http.BaseAddress!, new GrpcClientOptions { TimeProvider = TimeProvider.System });
        await using var first = Open(client, s_second);
        _ = await NextAsync(first);
        await using var second = Open(client, s_second);
        var e = await Assert.ThrowsAsync<RpcException>(() => NextAsync(second));

        // A connection ends when all that ran on it has.
        await first.DisposeAsync();
        handler.Dispose();
        await app.ConnectionsEndedAsync;
        await using var third = Open(app.Grpc(), s_second);
        _ = await NextAsync(third);

        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
        Assert.Contains("OutOfBandStreamsMax", e.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("1 streams", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_StreamOpen_EndsItAtOnce()
    {
        await using var app = await StartAsync();
        await using var stream = Open(app.Grpc(), TimeSpan.FromMinutes(10));
        _ = await NextAsync(stream);

        var stopping = app.StopAsync();
        var e = await Assert.ThrowsAsync<RpcException>(() => NextAsync(stream));
        await stopping.InTime();

        Assert.Equal((StatusCode.Unavailable, "The server is stopping."), (e.Code, e.Status.Detail));
    }

    [Fact]
    public async Task Registration_PlainHttpAppThatMapsThem_IsAnnouncedAsHttp1()
    {
        await using var registry = await ScriptedRegistry.StartAsync();
        await using var app = await AppFixture.StartAsync(registry.Address, a => a.MapMusterLoadReports());
        var session = await registry.NextSessionAsync();
        await session.OpenAsync();

        var instance = (await session.AcceptAsync()).Instance;

        Assert.Equal(
            new Endpoint("default", "http", EndpointProtocol.Http1, app.Address().Port).ToWire(), instance.Endpoints.Single());
    }

    private Task<ServedApp> StartAsync(Func<MusterLoadReportsOptions, MusterLoadReportsOptions>? configure = null) => ServedApp.StartAsync(
        s => s.AddMusterLoadReports(o => (configure?.Invoke(o) ?? o) with { LoadSource = new Half() }),
        a => a.MapMusterLoadReports(), HttpProtocols.Http2, _clock);

    private static StreamingCall<OrcaLoadReportRequest, OrcaLoadReport> Open(GrpcClient client, TimeSpan interval) => client.ServerStreaming(
        OrcaMethods.StreamCoreMetrics, new OrcaLoadReportRequest { ReportInterval = Duration.FromTimeSpan(interval) });

    private static async Task<OrcaLoadReport> NextAsync(StreamingCall<OrcaLoadReportRequest, OrcaLoadReport> stream) =>
        await stream.ReadAsync().AsTask().InTime() ?? throw new InvalidOperationException("The stream has ended.");

    private sealed class Half : ILoadSource
    {
        public LoadReport? Current { get; } = new() { CpuUtilization = 0.5 };
    }
}
