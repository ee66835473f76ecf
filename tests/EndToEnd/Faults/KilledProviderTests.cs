using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Muster.EndToEnd.Processes;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Faults;

/// <summary>Provider processes that are killed by SIGKILL, one after the other and many at a time: each loss is seen, with its reason and
/// evidence, and nothing is left of them.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class KilledProviderTests(ITestOutputHelper output)
{
    // Starting is what costs: half a second of a core each.
    private const int StartingMax = 8;

    // Two dozen, or some hundreds.
    private static readonly int s_providers = Environment.GetEnvironmentVariable("MUSTER_TEST_FULL") == "1" ? 300 : 24;

    [Fact]
    public async Task Providers_KilledAsSoonAsTheyServe_AreEachSeenToGoWithReasonAndEvidence()
    {
        ProcessGauge.Require();
        await using var system = await TestSystem.StartAsync();
        var gauge = new ProcessGauge(system.RegistryProcess.Id);
        await using var neighbour = new Neighbour(system.Registry);
        await using var losses = await Losses.WatchAsync(neighbour.Client);
        await ProcessGauge.UntilAsync(() => Task.FromResult(neighbour.Calls > 0), () => "The neighbour has not begun.");
        using var places = new SemaphoreSlim(StartingMax);
        var memory = new ConcurrentQueue<int>();
        var socketsBefore = gauge.Sockets;

        await Task.WhenAll(Enumerable.Range(0, s_providers).Select(async i =>
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"k{i}");
            // A host of its own: the system gives a port that is free again to the next, which would take the dead one's place.
            var host = string.Create(CultureInfo.InvariantCulture, $"127.1.{i / 250}.{1 + (i % 250)}");
            var process = await StartAndKillAsync(system, places, id, host);
            var (wasTimeout, removed) = await losses.OfAsync(id);
            memory.Enqueue(gauge.MemoryMiB);
            Assert.True(wasTimeout, $"{id} left without having been TIMEOUT.");
            Assert.True(removed.Reason == RemovalReason.ConnectionLost, $"{id}: {removed}");
            Assert.Matches($@"last renewal \d\.\d s ago, TTL 2 s, its session stream was lost \d\.\d s ago, provider 'calculator/{process}'", removed.Evidence);
        }));

        var seen = memory.ToList();
        output.WriteLine($"{seen.Count} killed; {string.Join(", ", seen)} MiB as they left; {neighbour.Said}");
        await ProcessGauge.UntilAsync(
            () => Task.FromResult(gauge.Sockets <= socketsBefore), () => $"{gauge.Sockets} sockets are open, {socketsBefore} were before");
        var early = seen[seen.Count / 2];
        Assert.True(seen[^1] < (early * 1.2) + 20, $"{string.Join(", ", seen)} MiB as they left");
        await CheckHistoryAsync(system);
    }

    /// <returns>The id that the process had.</returns>
    private static async Task<int> StartAndKillAsync(TestSystem system, SemaphoreSlim places, string id, string host)
    {
        await places.WaitAsync();
        try
        {
            await using var process = Programs.Start(
                "Calculator", "muster-calculator", "--id", id, "--registry", system.Registry, "--address", host, "--ttl", "2");
            await process.WaitForLineAsync("Registered ");
            process.Kill();
            await process.ExitAsync();
            return process.Id;
        }
        finally
        {
            places.Release();
        }
    }

    private static async Task CheckHistoryAsync(TestSystem system)
    {
        var history = await system.CommandAsync("history", "calculator", "--limit", "1000", "--json");
        Assert.True(history.ExitCode == 0, history.Transcript);
        using var document = JsonDocument.Parse(history.Output);
        var rows = document.RootElement.EnumerateArray().ToList();
        Assert.Equal(s_providers, rows.Count);
        Assert.All(rows, r => Assert.Equal("CONNECTION_LOST", r.GetProperty("reason").GetString()));
    }

    /// <summary>A watch that notes who was TIMEOUT, and who left why.</summary>
    private sealed class Losses : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<Removed>> _removed = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, bool> _timeouts = new(StringComparer.Ordinal);
        private readonly StreamingCall<WatchRequest, WatchResponse> _watch;
        private readonly CancellationTokenSource _end = new();
        private readonly Task _reading;

        private Losses(StreamingCall<WatchRequest, WatchResponse> watch)
        {
            _watch = watch;
            _reading = Task.Run(ReadAsync);
        }

        public static async Task<Losses> WatchAsync(GrpcClient client)
        {
            var watch = client.Streaming(RegistryMethods.Watch);
            await watch.WriteAsync(new WatchRequest { Subscribe = new Subscribe { Service = "calculator" } });
            return new Losses(watch);
        }

        /// <summary>Waits until an instance has left.</summary>
        public async Task<(bool WasTimeout, Removed Removed)> OfAsync(string id)
        {
            var removed = Of(id).Task;
            if (await Task.WhenAny(removed, _reading).WaitAsync(ChildProcess.WaitMax) == _reading)
            {
                await _reading;
            }

            return (_timeouts.ContainsKey(id), await removed);
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _watch.DisposeAsync();
            _end.Dispose();
        }

        private TaskCompletionSource<Removed> Of(string id) =>
            _removed.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

        private async Task ReadAsync()
        {
            while (await _watch.ReadAsync(_end.Token) is { } message)
            {
                foreach (var state in message.Soft?.States.Where(s => s.Liveness == Liveness.Timeout) ?? [])
                {
                    _timeouts[state.InstanceId] = true;
                }

                if (message.Removed is { } removed)
                {
                    Of(removed.InstanceId).TrySetResult(removed);
                }
            }
        }
    }
}
