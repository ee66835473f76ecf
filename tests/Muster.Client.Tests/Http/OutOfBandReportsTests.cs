using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Muster.AspNetCore;
using Muster.Client.Balancing;
using Muster.Client.Tests.AspNetCore;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>Reports that come without calls, of providers as <c>MapMusterLoadReports</c> makes them, over HTTP/2.</summary>
public sealed class OutOfBandReportsTests
{
    // Nothing else waits as long.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task Reports_WhileCallsRun_SteerTheNextCalls()
    {
        await using var a = await Provider.StartAsync(0.9);
        await using var b = await Provider.StartAsync(0.1);
        var network = new WatchedReports();
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1 }, network.Connect, Instances.At(a.Port, "a"), Instances.At(b.Port, "b"));
        using var client = fixture.Client(
            fixture.Options with { Policy = PolicyNames.LeastCpu, OutOfBandReports = Interval });
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        // One for each, as nothing is known yet. No answer comes, and with it no report.
        var calls = new List<Task> { client.GetStringAsync("/"), client.GetStringAsync("/") };
        Assert.Equal(["a", "b"], fixture.Observer.Picked.Order(StringComparer.Ordinal));
        await network.TakenAsync(a.Port, 1);
        await network.TakenAsync(b.Port, 1);
        Assert.Equal((0.9, 0.1), (Cpu("a"), Cpu("b")));
        calls.AddRange(Enumerable.Range(0, 5).Select(_ => client.GetStringAsync("/")));
        Assert.Equal(["b", "b", "b", "b", "b"], fixture.Observer.Picked.Skip(2));

        // The next report of each, without another call. It is the newer one, so time has to pass here too.
        fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await a.ReportNextAsync(0.1);
        await b.ReportNextAsync(0.9);
        await network.TakenAsync(a.Port, 2);
        await network.TakenAsync(b.Port, 2);
        calls.Add(client.GetStringAsync("/"));
        Assert.Equal("a", fixture.Observer.Picked.Last());

        a.Release();
        b.Release();
        await Task.WhenAll(calls).InTime();

        double? Cpu(string id) => fixture.Statistics(id).Load?.Report.CpuUtilization;
    }

    [Fact]
    public async Task Reports_NotAskedFor_DoNotCome()
    {
        var network = new FakeNetwork();
        await using var fixture = new HandlerFixture(network, network.Add("a", FakeNetwork.Status(200)));
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        Assert.Equal(["/"], network.Attempts.Select(x => x.Request.RequestUri!.AbsolutePath));
    }

    /// <summary>A provider that holds its calls, and reports the load that it is told to.</summary>
    private sealed class Provider : IAsyncDisposable, ILoadSource
    {
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualTimeProvider _clock = new();
        private volatile LoadReport _load;
        private ServedApp _app = null!;

        private Provider(double cpu) => _load = new LoadReport { CpuUtilization = cpu };

        public LoadReport? Current => _load;

        public int Port => _app.Http.BaseAddress!.Port;

        public static async Task<Provider> StartAsync(double cpu)
        {
            var provider = new Provider(cpu);
            provider._app = await ServedApp.StartAsync(
                s => s.AddMusterLoadReports(o => o with { LoadSource = provider }),
                a =>
                {
                    a.MapMusterLoadReports();
                    a.MapGet("/", _ => provider._release.Task);
                },
                HttpProtocols.Http2, provider._clock);
            return provider;
        }

        public async Task ReportNextAsync(double cpu)
        {
            _load = new LoadReport { CpuUtilization = cpu };
            await _clock.TimerArmedAsync(d => d == Interval).InTime();
            _clock.Advance(Interval);
        }

        public void Release() => _release.TrySetResult();

        public ValueTask DisposeAsync()
        {
            Release();
            return _app.DisposeAsync();
        }
    }
}
