using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muster.EndToEnd.Processes;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Faults;

/// <summary>Clients that do what no client should, by the thousands, at a registry in a process of its own: the others go on, and
/// nothing is left of them.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class FaultyClientTests(ITestOutputHelper output)
{
    private static readonly int s_factor = Environment.GetEnvironmentVariable("MUSTER_TEST_FULL") == "1" ? 10 : 1;

    [Fact]
    public async Task SilentConnections_TenThousand_AreClosedAndNothingIsLeftOfThem()
    {
        const int Connections = 10_000;
        ProcessGauge.Require();
        await using var system = await TestSystem.StartAsync();
        var gauge = new ProcessGauge(system.RegistryProcess.Id);
        await using var neighbour = new Neighbour(system.Registry);
        var filesBefore = gauge.OpenFiles;
        var memory = new List<int>();

        for (var round = 0; round < 2; round++)
        {
            var silent = await OpenManyAsync(system, Connections);
            var calls = neighbour.Calls;
            output.WriteLine($"{gauge.OpenFiles} open files and {gauge.MemoryMiB} MiB with all of them");
            await Task.WhenAll(silent.Select(EndAsync)).WaitAsync(ChildProcess.WaitMax);
            Assert.True(neighbour.Calls > calls, "The neighbour stood still.");
            silent.ForEach(s => s.Dispose());
            await ProcessGauge.UntilAsync(
                () => Task.FromResult(gauge.OpenFiles < filesBefore + 100), () => $"{gauge.OpenFiles} files are open, {filesBefore} were before");
            memory.Add(gauge.MemoryMiB);
        }

        output.WriteLine($"{string.Join(", ", memory)} MiB after each round; {neighbour.Said}");
        Assert.True(memory[1] < (memory[0] * 1.2) + 20, $"{string.Join(", ", memory)} MiB after each round");
    }

    [Fact]
    public async Task Providers_ThatRegisterAndVanish_LeaveNothingBehind()
    {
        ProcessGauge.Require();
        await using var system = await TestSystem.StartAsync();
        var gauge = new ProcessGauge(system.RegistryProcess.Id);
        await using var neighbour = new Neighbour(system.Registry);
        var memory = new List<int>();
        var files = new List<int>();

        // The first rounds fill what is bounded: a thousand removals of the service, connection pools, the heap itself.
        for (var round = 0; round < 4 * s_factor; round++)
        {
            for (var part = 0; part < 10; part++)
            {
                var first = (((round * 10) + part) * 50) + 1;
                await Task.WhenAll(Enumerable.Range(first, 50).Select(i => VanishAsync(system, i, isSameAddress: i % 2 == 0)));
            }

            await ProcessGauge.UntilAsync(async () => await CountAsync(neighbour.Client) == 0, () => "the vanished are still listed");
            memory.Add(gauge.MemoryMiB);
            files.Add(gauge.OpenFiles);
        }

        output.WriteLine($"{string.Join(", ", memory)} MiB after each round of 500; {neighbour.Said}");
        var early = memory[memory.Count / 2];
        Assert.True(memory[^1] < (early * 1.2) + 20, $"{string.Join(", ", memory)} MiB after each round");
        Assert.True(files[^1] < files[0] + 100, $"{string.Join(", ", files)} open files after each round");
    }

    [Fact]
    public async Task Watchers_ThatNeverRead_CostNobodyElseAndNoEndlessMemory()
    {
        ProcessGauge.Require();
        await using var system = await TestSystem.StartAsync();
        var gauge = new ProcessGauge(system.RegistryProcess.Id);
        await using var neighbour = new Neighbour(system.Registry);
        var stalled = new List<StreamingCall<WatchRequest, WatchResponse>>();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        var client = new GrpcClient(invoker, new Uri($"http://{system.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
        for (var i = 0; i < 50; i++)
        {
            var watch = client.Streaming(RegistryMethods.Watch);
            await watch.WriteAsync(new WatchRequest { Subscribe = new Subscribe { Service = "busy" } });
            stalled.Add(watch);
        }

        await using var reading = neighbour.Client.Streaming(RegistryMethods.Watch);
        await reading.WriteAsync(new WatchRequest { Subscribe = new Subscribe { Service = "busy" } });
        var memory = new List<int>();
        for (var round = 0; round < 4 * s_factor; round++)
        {
            var last = await ChangeAsync(neighbour.Client, round, changes: 1000);
            await SeesAsync(reading, last);
            memory.Add(gauge.MemoryMiB);
        }

        output.WriteLine($"{string.Join(", ", memory)} MiB after each round of 1,000 changes; {neighbour.Said}");
        // What is bounded (history, ring of events) has to fill first. A queue without a bound would grow with each round to the end.
        var early = memory[memory.Count / 2];
        Assert.True(memory[^1] < (early * 1.2) + 20, $"{string.Join(", ", memory)} MiB after each round");
        await Task.WhenAll(stalled.Select(s => s.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Heartbeats_FloodedAndNeverAnswered_CostNobodyElseAndNoEndlessMemory()
    {
        ProcessGauge.Require();
        await using var system = await TestSystem.StartAsync();
        var gauge = new ProcessGauge(system.RegistryProcess.Id);
        await using var neighbour = new Neighbour(system.Registry);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        var client = new GrpcClient(invoker, new Uri($"http://{system.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
        await using var session = client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open() });
        await session.ReadAsync();
        var before = gauge.MemoryMiB;
        using var end = new CancellationTokenSource();

        // As fast as the registry takes them; it stops taking them when nobody takes its answers.
        var sent = 0;
        var flood = Task.Run(async () =>
        {
            var heartbeat = new SessionRequest { RequestId = 2, Renew = new Renew() };
            while (sent < 3_000_000)
            {
                await session.WriteAsync(heartbeat, end.Token);
                sent++;
            }
        });
        var calls = neighbour.Calls;
        await ProcessGauge.UntilAsync(() => Task.FromResult(neighbour.Calls > calls + 100 || neighbour.Calls < 0), () => neighbour.Said);
        output.WriteLine($"{sent} heartbeats went out, {before} to {gauge.MemoryMiB} MiB; {neighbour.Said}");

        Assert.False(flood.IsCompleted, "The registry took every heartbeat, and keeps three million answers.");
        Assert.True(gauge.MemoryMiB < before + 100, $"{before} MiB before, {gauge.MemoryMiB} MiB now");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flood);
    }

    private static async Task<List<TcpClient>> OpenManyAsync(TestSystem system, int count)
    {
        var endPoint = IPEndPoint.Parse(system.Registry.Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        var all = new List<TcpClient>();
        try
        {
            foreach (var part in Enumerable.Range(0, count).Chunk(200))
            {
                var some = part.Select(_ => new TcpClient()).ToList();
                all.AddRange(some);
                await Task.WhenAll(some.Select(c => c.ConnectAsync(endPoint)));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
        {
            all.ForEach(c => c.Dispose());
            Assert.Skip($"This process may not open {count} connections (ulimit -n).");
        }

        return all;
    }

    private static async Task EndAsync(TcpClient client)
    {
        try
        {
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
        }
        catch (IOException)
        {
            // Reset: an end too.
        }
    }

    /// <summary>One provider on a connection of its own, which breaks without a word, as when its process is killed.</summary>
    private static async Task VanishAsync(TestSystem system, int number, bool isSameAddress)
    {
        Socket? socket = null;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var invoker = new HttpMessageInvoker(handler);
        var client = new GrpcClient(invoker, new Uri($"http://{system.Registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
        var register = new RegisterRequest
        {
            TtlMs = 1000,
            Instance = new Instance
            {
                Service = "vanishing",
                Id = string.Create(CultureInfo.InvariantCulture, $"v{number}"),
                Host = isSameAddress ? "10.255.0.1" : string.Create(CultureInfo.InvariantCulture, $"10.{number / 60_000}.{number / 250 % 250}.{number % 250}"),
                Endpoints = { new Endpoint { Port = 80 + (isSameAddress ? number % 50 : 0) } },
            },
        };
        var session = client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { TtlMs = 1000 } });
        var opened = (await session.ReadAsync())!.Opened;
        await session.WriteAsync(new SessionRequest { RequestId = 2, Register = register });
        var answer = (await session.ReadAsync())!;
        Assert.True(
            answer.Registered is not null || (isSameAddress && answer.Fault?.Code == (int)StatusCode.AlreadyExists), $"{answer}");
        if (number % 5 == 0)
        {
            // And a unary one, which nobody renews either.
            register.LeaseId = opened.LeaseId;
            register.Instance.Id += "-u";
            register.Instance.Endpoints[0].Port += 1000;
            await client.UnaryAsync(RegistryMethods.Register, register);
        }

        socket!.LingerState = new LingerOption(true, 0);
        socket.Close();
        try
        {
            await session.DisposeAsync();
        }
        catch (Exception e) when (e is RpcException or IOException or ObjectDisposedException)
        {
            // Its connection is gone.
        }
    }

    private static async Task<int> CountAsync(GrpcClient client) =>
        (await client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = "vanishing" })).Instances.Count;

    private static async Task<string> ChangeAsync(GrpcClient client, int round, int changes)
    {
        await using var session = client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { TtlMs = 600_000 } });
        await session.ReadAsync();
        for (var i = 0; i < changes; i++)
        {
            var instance = new Instance
            {
                Service = "busy", Id = $"r{round}-{i % 100}", Host = $"10.2.{round % 250}.{i % 100}", Endpoints = { new Endpoint { Port = 80 } },
            };
            instance.Metadata["turn"] = $"{i}";
            instance.Metadata["ballast"] = new string('x', 500);
            await session.WriteAsync(new SessionRequest { RequestId = (ulong)i + 2, Register = new RegisterRequest { Instance = instance } });
            Assert.NotNull((await session.ReadAsync())!.Registered);
        }

        return $"r{round}-{(changes - 1) % 100} {changes - 1}";
    }

    private static async Task SeesAsync(StreamingCall<WatchRequest, WatchResponse> watch, string last)
    {
        using var patience = new CancellationTokenSource(ChildProcess.WaitMax);
        while (true)
        {
            var message = (await watch.ReadAsync(patience.Token))!;
            if ((message.Snapshot?.Instances ?? []).Append(message.Upserted).Any(i => i is not null && $"{i.Id} {i.Metadata["turn"]}" == last))
            {
                return;
            }
        }
    }
}
