using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Picking;
using Muster.Client.Tests.Picking;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Orca;

namespace Muster.Client.Tests.Http;

/// <summary>How a stream of load reports ends, and comes back.</summary>
public sealed class ReportStreamsTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // No wait for a new try takes exactly as long.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(59);

    [Fact]
    public async Task Stream_EndsAgainAndAgain_IsAskedForWithGrowingWaits()
    {
        await using var server = await StartAsync(GrpcAnswers.TrailersOnly(StatusCode.Unavailable));
        await using var fixture = new HandlerFixture(server.View);
        var (running, _) = Run(fixture);

        double[] seconds = [1, 1.6, 2.56, 4.1, 6.55, 10.5, 16.8, 26.8, 42.9, 68.7, 110, 120, 120];
        for (var i = 0; i < seconds.Length; i++)
        {
            var wait = await WaitAsync(fixture);
            Assert.InRange(wait.TotalSeconds, seconds[i] * 0.79, seconds[i] * 1.21);
            Assert.Equal(i + 1, server.Requests);
            fixture.Clock.Advance(wait);
        }

        await EndAsync(fixture, running);
    }

    [Fact]
    public async Task Stream_EndsAfterAReport_IsAskedForSoonAgain()
    {
        var turn = 0;
        await using var server = await StartAsync(context => Interlocked.Increment(ref turn) == 4
            ? WriteAsync(context, new OrcaLoadReport { CpuUtilization = 0.5 })
            : GrpcAnswers.TrailersOnly(StatusCode.Unavailable)(context));
        await using var fixture = new HandlerFixture(server.View);
        var (running, member) = Run(fixture);

        foreach (var seconds in new[] { 1, 1.6, 2.56, 1, 1.6 })
        {
            var wait = await WaitAsync(fixture);
            Assert.InRange(wait.TotalSeconds, seconds * 0.79, seconds * 1.21);
            fixture.Clock.Advance(wait);
        }

        Assert.Equal(0.5, member.Statistics.Load!.Report.CpuUtilization);
        await EndAsync(fixture, running);
    }

    [Fact]
    public async Task Stream_ServerGone_IsAskedForWhenItIsBack()
    {
        using var closed = new ClosedPort("a");
        await using var fixture = new HandlerFixture(closed.View);
        var (running, member) = Run(fixture);
        var first = await WaitAsync(fixture);
        fixture.Clock.Advance(first);
        var second = await WaitAsync(fixture);

        Assert.InRange(second.TotalSeconds, 1.6 * 0.79, 1.6 * 1.21);
        // It is nobody's call: the circuit stays closed.
        Assert.Null(member.Breaker.SetAside(fixture.Clock.Now()));
        await EndAsync(fixture, running);
    }

    [Fact]
    public async Task Reports_Hostile_AreDroppedAndCountedAndTheNextGoodOneIsTaken()
    {
        var crowd = new OrcaLoadReport();
        for (var i = 0; i < 33; i++)
        {
            crowd.NamedMetrics.Add($"m{i}", 1);
        }

        var named = new OrcaLoadReport { CpuUtilization = 0.1 };
        named.NamedMetrics.Add("rif", double.NaN);
        OrcaLoadReport[] hostile =
        [
            new() { CpuUtilization = double.NaN }, new() { CpuUtilization = double.PositiveInfinity }, new() { CpuUtilization = -0.1 },
            new() { CpuUtilization = 1e300 }, new() { ApplicationUtilization = double.NegativeInfinity }, new() { RpsFractional = -1 },
            new() { Eps = double.MaxValue }, named, crowd,
        ];
        var turn = 0;
        await using var server = await StartAsync(context => Interlocked.Increment(ref turn) == 1
            ? WriteAsync(context, hostile)
            : WriteAsync(context, [new() { CpuUtilization = 0.25 }, new() { CpuUtilization = double.NaN }]));
        await using var fixture = new HandlerFixture(server.View);
        var (running, member) = Run(fixture);

        var wait = await WaitAsync(fixture);
        Assert.Null(member.Statistics.Load);
        Assert.Equal(hostile.Length, member.Statistics.BadReports);
        fixture.Clock.Advance(wait);
        await WaitAsync(fixture);

        Assert.Equal(0.25, member.Statistics.Load!.Report.CpuUtilization);
        Assert.Equal(hostile.Length + 1, member.Statistics.BadReports);
        await EndAsync(fixture, running);
    }

    [Fact]
    public async Task Reports_NoReportsAtAll_EndTheStreamAndItIsAskedForAgain()
    {
        await using var server = await StartAsync(async context =>
        {
            await GrpcAnswers.WriteMessageAsync(context, [0, 0, 0, 0, 2, 0xff, 0xff]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var fixture = new HandlerFixture(server.View);
        var (running, member) = Run(fixture);

        fixture.Clock.Advance(await WaitAsync(fixture));
        var second = await WaitAsync(fixture);

        Assert.InRange(second.TotalSeconds, 1.6 * 0.79, 1.6 * 1.21);
        Assert.Null(member.Statistics.Load);
        await EndAsync(fixture, running);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_ServerWithoutTheService_IsAskedForNoMore(bool speaksGrpc)
    {
        await using var server = await StartAsync(speaksGrpc ? GrpcAnswers.TrailersOnly(StatusCode.Unimplemented) : context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        await using var fixture = new HandlerFixture(server.View);
        var (running, _) = Run(fixture);

        await running.InTime();

        Assert.Equal((1, 0), (server.Requests, fixture.Clock.ArmedTimersCount));
    }

    [Fact]
    public async Task Called_ManyTimes_HasOneStream()
    {
        var network = new FakeNetwork();
        var view = network.Add("a", FakeNetwork.Hang);
        await using var fixture = new HandlerFixture(network, view);
        var (streams, target) = Streams(fixture);

        for (var i = 0; i < 3; i++)
        {
            streams.OnCalled(target);
        }

        var asked = Assert.Single(network.Attempts).Request;
        Assert.Equal(("POST", OrcaMethods.StreamCoreMetrics.FullName), (asked.Method.Method, asked.RequestUri!.AbsolutePath));
    }

    [Fact]
    public async Task Instance_Leaves_EndsItsStream()
    {
        var network = new FakeNetwork();
        await using var fixture = new HandlerFixture(network, network.Add("a", FakeNetwork.Hang));
        var (running, _) = Run(fixture);
        Assert.Equal(1, network.AttemptsCount);

        await EndAsync(fixture, running);

        Assert.Equal(0, fixture.Clock.ArmedTimersCount);
    }

    private static Task<Backend> StartAsync(RequestDelegate answer) => Backend.StartAsync(
        "a",
        context => context.Request.Path == OrcaMethods.StreamCoreMetrics.FullName
            ? answer(context)
            : throw new InvalidOperationException($"{context.Request.Path} was not to be called."),
        EndpointProtocol.Http2);

    private static (ReportStreams Streams, Target Target) Streams(HandlerFixture fixture)
    {
        var balancer = fixture.Fleet.GetBalancer(FleetRig.Key(PolicyNames.Random) with { ConnectTimeout = ConnectTimeout });
        Assert.True(balancer.TryPick(null, out var target, out var now));
        fixture.Fleet.OnEnded(target.Member, AttemptResult.Success, now, now, isTimed: false);
        return (new ReportStreams(balancer, "calculator", Interval), target);
    }

    private static (Task Running, Member Member) Run(HandlerFixture fixture)
    {
        var (streams, target) = Streams(fixture);
        return (streams.RunAsync(target), target.Member);
    }

    private static Task<TimeSpan> WaitAsync(HandlerFixture fixture) =>
        fixture.Clock.TimerArmedAsync(due => due != ConnectTimeout).InTime();

    private static Task EndAsync(HandlerFixture fixture, Task running)
    {
        fixture.Watch.Show();
        return running.InTime();
    }

    private static async Task WriteAsync(HttpContext context, params OrcaLoadReport[] reports)
    {
        context.Response.ContentType = "application/grpc";
        foreach (var report in reports)
        {
            var frame = new byte[5 + report.CalculateSize()];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), report.CalculateSize());
            report.WriteTo(frame.AsSpan(5));
            await context.Response.BodyWriter.WriteAsync(frame);
        }

        context.Response.AppendTrailer("grpc-status", "0");
    }
}
