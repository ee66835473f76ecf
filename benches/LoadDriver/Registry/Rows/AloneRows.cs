using System.Diagnostics;
using Google.Protobuf;
using Muster.Bench.LoadDriver.Http2;
using Muster.Bench.LoadDriver.Registry.Load;
using Muster.Bench.LoadDriver.Registry.Systems;
using Muster.Bench.LoadDriver.Reports;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Bench.LoadDriver.Registry.Rows;

/// <summary>Figures of Muster alone.</summary>
internal sealed class AloneRows(Plan plan)
{
    private const int TtlSeconds = 600;
    private const int Connections = 100;
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    /// <summary>A node that holds ten times as many instances as the comparison.</summary>
    public async Task<IReadOnlyList<ComparedRow>> FullNodeAsync(CancellationToken cancellationToken)
    {
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        var instances = 10 * plan.Instances;
        var name = $"{instances:#,0} instances on one node";
        var memory = new ComparedRow($"{name}: resident bytes each, after a restart", null);
        var restart = new ComparedRow($"{name}: restart until the first lookup, ms", null);
        await muster.FillAsync(instances, TtlSeconds, cancellationToken);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await muster.Server.StopAsync();
            var started = Stopwatch.GetTimestamp();
            await muster.Server.StartAsync(cancellationToken);
            await muster.LookUpAsync(service: 1, cancellationToken);
            restart.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Delay(s_settling, cancellationToken);
            memory.Add(muster.Server.ResidentBytes / (double)instances);
        }

        return [memory, restart];
    }

    /// <summary>What renewals cost, each on a session of its own as providers send them: spread over time, so that none is read
    /// together with another of its connection. From that, what a full node needs.</summary>
    public async Task<IReadOnlyList<ComparedRow>> HeartbeatsAsync(CancellationToken cancellationToken)
    {
        const int Sessions = 10_000;
        const double RenewalsPerSecond = Sessions * 3 / 10d;
        var row = new ComparedRow("renewals of 1,000,000 sessions at a TTL of 10 s, by the cost of 10,000: cores", null);
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        await using var fleet = await Fleet.ConnectAsync(muster.Server.EndPoint, Connections, cancellationToken);
        var open = new SessionRequest { RequestId = 1, Open = new Open { TtlMs = TtlSeconds * 1000 } }.ToByteArray();
        var renew = new SessionRequest { RequestId = 2, Renew = new Renew() }.ToByteArray();
        var sessions = new List<(FrameConnection Connection, OpenSession Session)>();
        for (var i = 0; i < Sessions; i++)
        {
            var session = new OpenSession();
            var connection = fleet.Connections[i % Connections];
            connection.Start(session, RegistryMethods.Session.FullName, open, isLast: false);
            connection.Flush();
            sessions.Add((connection, session));
        }

        await Task.WhenAll(sessions.Select(s => s.Session.Opened)).WaitAsync(cancellationToken);
        for (var round = 0; round < plan.Rounds; round++)
        {
            var before = muster.Server.ProcessorTime;
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Sessions; i++)
            {
                var (connection, session) = sessions[i];
                connection.Send(session, renew);
                connection.Flush();
                var ahead = TimeSpan.FromSeconds(i / RenewalsPerSecond) - Stopwatch.GetElapsedTime(started);
                if (ahead > TimeSpan.FromMilliseconds(2))
                {
                    await Task.Delay(ahead, cancellationToken);
                }
            }

            var cores = (muster.Server.ProcessorTime - before) / Stopwatch.GetElapsedTime(started);
            row.Add(cores / Sessions * 1_000_000);
        }

        return [row];
    }

    /// <summary>Connections of watchers that have nothing to hear.</summary>
    public async Task<IReadOnlyList<ComparedRow>> IdleWatchersAsync(CancellationToken cancellationToken)
    {
        const int Watchers = 10_000;
        var row = new ComparedRow($"idle watchers, {Watchers:#,0} on {Connections} connections: resident bytes each", null);
        for (var round = 0; round < plan.Rounds; round++)
        {
            await using var muster = await Contestant.MusterAsync(cancellationToken);
            await muster.FillAsync(1, TtlSeconds, cancellationToken);
            await Task.Delay(s_settling, cancellationToken);
            var before = muster.Server.ResidentBytes;
            await using var crowd = await WatchCrowd.GatherAsync(muster, 0, Watchers, Connections, cancellationToken);
            await Task.Delay(s_settling, cancellationToken);
            row.Add((muster.Server.ResidentBytes - before) / (double)Watchers);
        }

        return [row];
    }

    /// <summary>Providers are killed; how long until the last of many watchers knows. etcd has nothing to compare: it waits for the
    /// TTL, which is at least two seconds.</summary>
    public async Task<IReadOnlyList<ComparedRow>> KillsAsync(CancellationToken cancellationToken)
    {
        const int Watchers = 1000;
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        var p50 = new ComparedRow($"SIGKILL of a provider until the last of {Watchers:#,0} watchers knows, p50, ms", Aim.AtMost(20));
        var p99 = new ComparedRow($"SIGKILL of a provider until the last of {Watchers:#,0} watchers knows, p99, ms", null);
        for (var round = 0; round < plan.Rounds; round++)
        {
            var times = new List<double>();
            for (var i = 0; i < plan.Changes; i++)
            {
                await using var provider = await ProviderProcess.StartAsync(muster.Server.EndPoint, i, cancellationToken);
                await using var crowd = await WatchCrowd.GatherAsync(
                    muster, ProviderProcess.ServiceOf(i), Watchers, Connections, cancellationToken, isLiveness: MusterDialect.IsLiveness);
                var seen = crowd.NextChange();
                var started = Stopwatch.GetTimestamp();
                provider.Kill();
                await seen.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
                times.Add(crowd.LastSeenAfter(started).TotalMilliseconds);
            }

            var percentiles = new Percentiles(times);
            p50.Add(percentiles.At(0.5));
            p99.Add(percentiles.At(0.99));
        }

        return [p50, p99];
    }

    /// <summary>One watcher of a hundred has stopped reading: what the others notice, and what it costs.</summary>
    public async Task<IReadOnlyList<ComparedRow>> StalledWatchersAsync(CancellationToken cancellationToken)
    {
        const int Watchers = 1000;
        const int Stalled = Watchers / 100;
        await using var muster = await Contestant.MusterAsync(cancellationToken);
        var change = muster.Dialect.NewChange(0);
        var p50 = new ComparedRow($"change to the last of {Watchers:#,0} watchers, p50, ms: 1 % more of them stalled, and none", Aim.AtMost(1.2)) { Other = "none" };
        var p99 = new ComparedRow($"change to the last of {Watchers:#,0} watchers, p99, ms: 1 % more of them stalled, and none", null) { Other = "none" };
        var memory = new ComparedRow($"memory that {Stalled} stalled watchers pin after {plan.Changes} changes, bytes each", null);
        await using var changer = await Fleet.ConnectAsync(muster.Server.EndPoint, 1, cancellationToken);
        await changer.CallAsync(1, () => change, Work.Of(1, _ => plan.Changes));
        await Alternation.RunAsync(plan.Rounds, warmUps: 1, () => MeasureAsync(Stalled), () => MeasureAsync(0), (stalled, none) =>
        {
            p50.Add(stalled.Times.At(0.5), none.Times.At(0.5));
            p99.Add(stalled.Times.At(0.99), none.Times.At(0.99));
            memory.Add(Math.Max(0, stalled.Bytes - none.Bytes) / Stalled);
        });
        return [p50, p99, memory];

        async Task<(Percentiles Times, double Bytes)> MeasureAsync(int stalled)
        {
            await using var asleep = stalled == 0
                ? null
                : await WatchCrowd.GatherAsync(muster, 0, stalled, stalled, cancellationToken, isStalling: true);
            await using var crowd = await WatchCrowd.GatherAsync(muster, 0, Watchers, Connections, cancellationToken);
            var before = muster.Server.ResidentBytes;
            var times = new List<double>();
            for (var i = 0; i < plan.Changes; i++)
            {
                var seen = crowd.NextChange();
                var started = Stopwatch.GetTimestamp();
                var done = changer.CallAsync(1, () => change, Work.Of(1, _ => i));
                await seen.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
                times.Add(crowd.LastSeenAfter(started).TotalMilliseconds);
                await done;
            }

            return (new Percentiles(times), muster.Server.ResidentBytes - before);
        }
    }

    private sealed class OpenSession : FrameStream
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => _opened.Task;

        protected override void OnMessage(FrameConnection connection, ReadOnlySpan<byte> message) => _opened.TrySetResult();

        public override void OnEnd(FrameConnection connection, string? failure) =>
            _opened.TrySetException(new InvalidOperationException($"A session ended: {failure ?? "by its server"}"));
    }
}
