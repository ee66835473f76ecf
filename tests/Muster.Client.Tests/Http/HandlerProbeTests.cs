using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Protocol.Mapping;

namespace Muster.Client.Tests.Http;

public sealed class HandlerProbeTests
{
    [Fact]
    public async Task Send_PolicyThatProbes_HearsOfInstancesItSendsNothingTo()
    {
        await using var fleet = await ProbedFleet.StartAsync();
        using var client = fleet.Fixture.Client(fleet.Fixture.Options with { Policy = PolicyNames.Prequal });
        await client.GetStringAsync("/");
        for (var i = 0; i < PrequalProbes; i++)
        {
            await fleet.NextProbeAsync();
        }

        Assert.Equal(1, fleet.Calls);
    }

    // Without probes it would be least_request, whose answers say nothing of the policy that was asked about.
    [Fact]
    public async Task Send_ShadowThatProbes_HearsOfInstancesToo()
    {
        await using var fleet = await ProbedFleet.StartAsync();
        using var client = fleet.Fixture.Client(fleet.Fixture.Options with { ShadowPolicy = PolicyNames.Prequal });
        await client.GetStringAsync("/");
        for (var i = 0; i < PrequalProbes; i++)
        {
            await fleet.NextProbeAsync();
        }

        Assert.Equal(1, fleet.Calls);
    }

    [Fact]
    public async Task OnProbed_WithoutALoad_PausesTheProbesOfThatInstance()
    {
        await using var fixture = new HandlerFixture(Instances.At(1, "a"), Instances.At(2, "b"));
        var (deaf, other) = (fixture.Fleet.Roster.Members[0], fixture.Fleet.Roster.Members[1]);
        var now = TimeSpan.FromHours(1);
        deaf.OnProbed(showsLoad: false, now);
        other.OnProbed(showsLoad: true, now);
        Assert.False(deaf.MayProbe(now + Member.ProbePause - TimeSpan.FromTicks(1)));
        Assert.True(deaf.MayProbe(now + Member.ProbePause));
        Assert.True(other.MayProbe(now));
    }

    private const int PrequalProbes = 3;

    private sealed class ProbedFleet : IAsyncDisposable
    {
        public const int Size = 8;

        private readonly List<Backend> _backends = [];
        private readonly Channel<string> _probes = Channel.CreateUnbounded<string>();
        private int _calls;

        public HandlerFixture Fixture { get; private set; } = null!;

        public int Calls => Volatile.Read(ref _calls);

        public static async Task<ProbedFleet> StartAsync()
        {
            var fleet = new ProbedFleet();
            for (var i = 0; i < Size; i++)
            {
                fleet._backends.Add(await Backend.StartAsync($"i{i}", context => fleet.AnswerAsync(context)));
            }

            fleet.Fixture = new HandlerFixture([.. fleet._backends.Select(b => b.View)]);
            return fleet;
        }

        public Task<string> NextProbeAsync() => _probes.Reader.ReadAsync().AsTask().InTime();

        public async ValueTask DisposeAsync()
        {
            await Fixture.DisposeAsync();
            foreach (var backend in _backends)
            {
                await backend.DisposeAsync();
            }
        }

        private async Task AnswerAsync(HttpContext context)
        {
            if (context.Request.Path != LoadMetadata.ProbePath)
            {
                Interlocked.Increment(ref _calls);
                await context.Response.WriteAsync("ok");
                return;
            }

            Assert.Equal("HEAD", context.Request.Method);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            context.Response.Headers[LoadMetadata.HeaderName] = "rif=3";
            _probes.Writer.TryWrite(context.Connection.Id);
        }
    }
}
