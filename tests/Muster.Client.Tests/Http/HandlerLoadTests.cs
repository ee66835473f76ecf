using System.Net;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using LoadReport = Muster.Core.Model.LoadReport;

namespace Muster.Client.Tests.Http;

public sealed class HandlerLoadTests
{
    [Fact]
    public async Task Send_HttpHeader_UpdatesTheInstance()
    {
        await using var backend = await StartWithHeaderAsync("cpu=0.42,rif=3");
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        var load = fixture.Statistics("a").Load!;
        Assert.Equal(0.42, load.Report.CpuUtilization);
        Assert.Equal(3, load.Report.Named["rif"]);
        Assert.Equal(fixture.Clock.Now(), load.At);
    }

    [Theory]
    [InlineData("cpu=NaN")]
    [InlineData("cpu=-1")]
    [InlineData("cpu=101")]
    [InlineData("rubbish")]
    public async Task Send_BadHttpHeader_IsDroppedAndCounted(string header)
    {
        await using var backend = await StartWithHeaderAsync(header);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        Assert.Null(fixture.Statistics("a").Load);
        Assert.Equal(1, fixture.Statistics("a").BadReports);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Unary_OrcaTrailer_UpdatesTheInstance(bool idempotent)
    {
        await using var backend = await StartWithTrailerAsync(
            LoadMetadata.FormatTrailer(new LoadReport { CpuUtilization = 0.7, Rps = 12 }).TrimEnd('='));
        await using var fixture = new HandlerFixture(backend.View);
        await CallAsync(fixture, idempotent);
        var load = fixture.Statistics("a").Load!;
        Assert.Equal((0.7, 12), (load.Report.CpuUtilization, load.Report.Rps));

        // The call that brought it has ended: nothing of it is still to be added.
        Assert.Equal(0u, fixture.Statistics("a").SendsSince(load));
    }

    [Fact]
    public async Task Unary_OversizedOrRuinedTrailer_IsDroppedAndCounted()
    {
        foreach (var trailer in new[] { new string('A', 8192), "!!!", Convert.ToBase64String([0xff, 0xff]) })
        {
            await using var backend = await StartWithTrailerAsync(trailer);
            await using var fixture = new HandlerFixture(backend.View);
            await CallAsync(fixture, idempotent: true);
            Assert.Null(fixture.Statistics("a").Load);
            Assert.Equal(1, fixture.Statistics("a").BadReports);
        }
    }

    [Fact]
    public async Task Changed_RegistryCarriesLoad_NewestByTimeWins()
    {
        await using var backend = await StartWithHeaderAsync("cpu=0.2");
        await using var fixture = new HandlerFixture(backend.View);
        var early = fixture.Clock.Now();
        ShowLoad(0.9, early);
        using var client = fixture.Client();
        Assert.Equal(0.9, Cpu());

        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.GetStringAsync("/");
        Assert.Equal(0.2, Cpu());
        ShowLoad(0.8, early + TimeSpan.FromMilliseconds(500));
        Assert.Equal(0.2, Cpu());
        ShowLoad(0.7, early + TimeSpan.FromSeconds(2));
        Assert.Equal(0.7, Cpu());

        double? Cpu() => fixture.Statistics("a").Load?.Report.CpuUtilization;
        void ShowLoad(double cpu, TimeSpan at) =>
            fixture.Watch.Show(Instances.At(backend.Port, "a", load: new LoadReport { CpuUtilization = cpu }, loadAt: at));
    }

    [Fact]
    public async Task Send_LeastCpu_FollowsTheReports()
    {
        await using var busy = await StartWithHeaderAsync("cpu=0.9");
        await using var idle = await StartWithHeaderAsync("cpu=0.1");
        await using var fixture = new HandlerFixture(
            busy.View, Instances.At(idle.Port, "b"));
        using var eachInTurn = fixture.Client();
        await eachInTurn.GetStringAsync("/");
        await eachInTurn.GetStringAsync("/");

        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.LeastCpu });
        for (var i = 0; i < 20; i++)
        {
            // Each answer brings a report of its own time.
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await client.GetStringAsync("/");
        }

        Assert.Equal((1, 21), (busy.Requests, idle.Requests));
    }

    [Theory]
    [InlineData(EndpointProtocol.Http1)]
    [InlineData(EndpointProtocol.Http2)]
    [Trait("pitfall", "stale-load-herd")]
    public async Task Send_ReportsOfFewerRequestsThanAreThereFromHere_AreNotBelieved(EndpointProtocol protocol)
    {
        var (arrived, release) = (new SemaphoreSlim(0), new TaskCompletionSource());
        HandlerFixture? fixture = null;
        await using var backend = await Backend.StartAsync("a", AnswerAsync, protocol);
        await using var created = fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        await CallAsync("/fast");
        var held = Enumerable.Range(0, 5).Select(_ => CallAsync("/hold")).ToList();
        try
        {
            for (var i = 0; i < held.Count; i++)
            {
                await arrived.WaitAsync();
            }

            for (var window = 0; window <= ReportTrust.WindowsMax; window++)
            {
                Assert.True(fixture.Fleet.ReportTrust.IsGivenAt(fixture.Clock.Now()));
                await CallAsync("/slow");
                await CallAsync("/slow");
                fixture.Clock.Advance(ReportTrust.Window);
            }

            Assert.False(fixture.Fleet.ReportTrust.IsGivenAt(fixture.Clock.Now()));
            Assert.Contains(LogEventIds.ReportsDoubted, fixture.Logged.Ids);
        }
        finally
        {
            // Or the server would wait for them.
            release.SetResult();
            await Task.WhenAll(held);
        }

        async Task AnswerAsync(HttpContext context)
        {
            switch (context.Request.Path.Value)
            {
                case "/hold":
                    arrived.Release();
                    await release.Task;
                    break;
                case "/slow":
                    fixture!.Clock.Advance(TimeSpan.FromMilliseconds(100));
                    break;
                default:
                    fixture!.Clock.Advance(TimeSpan.FromMilliseconds(1));
                    break;
            }

            if (protocol == EndpointProtocol.Http1)
            {
                context.Response.Headers[LoadMetadata.HeaderName] = "rif=1";
            }
            else
            {
                var report = new LoadReport();
                await GrpcAnswers.OkAsync(context);
                context.Response.AppendTrailer(
                    LoadMetadata.TrailerName, LoadMetadata.FormatTrailer(report with { Named = report.Named.Add("rif", 1) }));
            }
        }

        async Task CallAsync(string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (protocol == EndpointProtocol.Http2)
            {
                (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            }

            using var response = await client.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
        }
    }

    private static Task<Backend> StartWithHeaderAsync(string header) => Backend.StartAsync("a", context =>
    {
        context.Response.Headers["muster-load"] = header;
        return Task.CompletedTask;
    });

    private static Task<Backend> StartWithTrailerAsync(string trailer) => Backend.StartAsync(
        "a",
        async context =>
        {
            await GrpcAnswers.OkAsync(context);
            context.Response.AppendTrailer(LoadMetadata.TrailerName, trailer);
        },
        EndpointProtocol.Http2);

    private static async Task CallAsync(HandlerFixture fixture, bool idempotent)
    {
        var client = new GrpcClient(
            fixture.Invoker(), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        if (idempotent)
        {
            await client.UnaryAsync(RegistryMethods.ListServices, new Protocol.V1.ListServicesRequest());
        }
        else
        {
            await client.UnaryAsync(RegistryMethods.Register, new Protocol.V1.RegisterRequest());
        }
    }
}
