using System.Net;
using Muster.Core;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Bounds;

/// <summary>What one node holds in all: the one over a limit is refused with its name and bound, and the others go on.</summary>
public sealed class NodeLimitTests
{
    [Fact]
    public void NodeLimits_WithoutSaying_AreThoseOfTheReference() => Assert.Equal(
        new NodeLimits
        {
            ServicesMax = Limits.ServicesMax,
            InstancesMax = Limits.InstancesMax,
            InstancesPerServiceMax = Limits.InstancesPerServiceMax,
            InstancesPerLeaseMax = Limits.InstancesPerLeaseMax,
            LeasesMax = Limits.LeasesMax,
            SessionsMax = Limits.SessionsMax,
            WatchesMax = Limits.WatchesMax,
            SubscriptionsMax = Limits.SubscriptionsMax,
            DrainsMax = Limits.DrainsMax,
            CallEntriesMax = Limits.CallEntriesMax,
            CallEntriesPerWatchMax = Limits.CallEntriesPerWatchMax,
            ConnectionsMax = Limits.ConnectionsMax,
            ChecksMax = Limits.ChecksMax,
        },
        new NodeLimits());

    [Fact]
    public async Task Register_ServicesOverTheLimit_IsRefusedAndKnownServicesGoOn()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { ServicesMax = 2 });
        await RegisterAsync(registry, "a", 1, "s1");
        await RegisterAsync(registry, "a", 1, "s2");

        await ExhaustedAsync("services are 2: at most 2 are allowed", RegisterAsync(registry, "a", 1, "s3"));

        await RegisterAsync(registry, "b", 2, "s1");
    }

    [Fact]
    public async Task Register_InstancesOfAServiceOverTheLimit_IsRefusedUntilOneLeaves()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { InstancesPerServiceMax = 2 });
        var first = await RegisterAsync(registry, "a", 1);
        await RegisterAsync(registry, "b", 2);

        await ExhaustedAsync("instances of service 'calculator' are 2: at most 2 are allowed", RegisterAsync(registry, "c", 3));

        await RegisterAsync(registry, "c", 3, "other");
        await RegisterAsync(registry, "a", 1, lease: first.LeaseId);
        await registry.Client.UnaryAsync(
            RegistryMethods.Deregister, new DeregisterRequest { Service = "calculator", InstanceId = "a", LeaseId = first.LeaseId });
        await RegisterAsync(registry, "c", 3);
    }

    [Fact]
    public async Task Register_ChecksOverTheLimit_IsRefusedAndWithoutOneTaken()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { ChecksMax = 0 });
        var request = new RegisterRequest
        {
            Instance = new Instance
            {
                Service = "calculator", Id = "a", Host = "127.0.0.1", Endpoints = { new Endpoint { Port = 1 } }, Check = new Check { Tcp = new() },
            },
        };

        var error = await Assert.ThrowsAsync<RpcException>(() => registry.Client.UnaryAsync(RegistryMethods.Register, request));

        Assert.Equal(StatusCode.ResourceExhausted, error.Code);
        Assert.Contains("at most 0 are allowed", error.Status.Detail, StringComparison.Ordinal);
        await RegisterAsync(registry, "a", 1);
    }

    [Fact]
    public void Check_WithoutFigures_HasTheDefaults()
    {
        Assert.Null(new Check { Tcp = new() }.ToCore(out var check));

        Assert.Equal(
            (Limits.CheckIntervalDefault, Limits.CheckTimeoutDefault, Limits.CheckRiseDefault, Limits.CheckFallDefault),
            (check.Interval, check.Timeout, check.Rise, check.Fall));
    }

    [Fact]
    public async Task Register_InstancesInAllOverTheLimit_IsRefused()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { InstancesMax = 2 });
        await RegisterAsync(registry, "a", 1, "s1");
        await RegisterAsync(registry, "a", 1, "s2");

        await ExhaustedAsync("instances are 2: at most 2 are allowed", RegisterAsync(registry, "a", 1, "s3"));
    }

    [Fact]
    public async Task Register_LeasesOverTheLimit_IsRefusedAndSessionsToo()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { LeasesMax = 2 });
        var first = await RegisterAsync(registry, "a", 1);
        await using var session = await OpenAsync(registry);

        await ExhaustedAsync("leases are 2: at most 2 are allowed", RegisterAsync(registry, "b", 2));
        await ExhaustedAsync("leases are 2: at most 2 are allowed", OpenAsync(registry));

        await RegisterAsync(registry, "b", 2, lease: first.LeaseId);
    }

    [Theory]
    [InlineData("calculator")]
    [InlineData("another")]
    public async Task Register_InstancesOfALeaseOverTheLimit_IsRefusedAlsoInANewService(string service)
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { InstancesPerLeaseMax = 2 });
        var lease = (await RegisterAsync(registry, "a", 1)).LeaseId;
        await RegisterAsync(registry, "b", 2, lease: lease);

        await ExhaustedAsync("instances of this lease are 2: at most 2 are allowed", RegisterAsync(registry, "c", 3, service, lease));

        await RegisterAsync(registry, "b", 2, lease: lease);
        await RegisterAsync(registry, "b2", 2, lease: lease);
        await RegisterAsync(registry, "c", 3, service);
    }

    [Fact]
    public async Task Register_TakesOverForALeaseAtItsLimit_IsRefused()
    {
        var time = new Testing.ManualTimeProvider();
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { InstancesPerLeaseMax = 1 }, time);
        await RegisterAsync(registry, "dead", 1);
        time.Advance(TimeSpan.FromSeconds(6));
        var lease = (await RegisterAsync(registry, "a", 2)).LeaseId;

        await ExhaustedAsync("instances of this lease are 1: at most 1 are allowed", RegisterAsync(registry, "heir", 1, lease: lease));
    }

    [Fact]
    public async Task Session_StreamsOverTheLimit_AreRefusedEvenBeforeTheyAreOpened()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { SessionsMax = 2 });
        var opened = await OpenAsync(registry);
        // A second stream on the same lease takes it over; both are streams.
        await using var twin = await OpenAsync(registry, _lease);

        await using var third = registry.Client.Streaming(RegistryMethods.Session);
        await ExhaustedAsync("sessions are 2: at most 2 are allowed on one node.", third.ReadAsync().AsTask());

        await RegisterAsync(registry, "a", 1);
        await opened.CompleteWritesAsync();
        await opened.ReadAsync();
        await using var again = await OpenAsync(registry);
    }

    [Fact]
    public async Task Session_SilentBeforeItsFirstRequest_IsEnded()
    {
        var time = new Testing.ManualTimeProvider();
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { SessionsMax = 1 }, time);
        await registry.Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        var armed = time.TimerArmedAsync(due => due == Limits.SessionOpenWaitMax);
        await using var silent = registry.Client.Streaming(RegistryMethods.Session);
        var end = silent.ReadAsync().AsTask();
        await armed;

        time.Advance(Limits.SessionOpenWaitMax);

        var error = await Assert.ThrowsAsync<RpcException>(() => end);
        Assert.Equal((StatusCode.InvalidArgument, "open is absent after 10 s: it is the first request of every session, and due by then."),
            (error.Code, error.Status.Detail));
        await using var next = await OpenAsync(registry);
    }

    [Fact]
    public async Task Watch_OverTheLimit_IsRefusedByEveryWayToWatch()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { WatchesMax = 1 });
        var watch = new WatchReader(registry.Client);
        await watch.SubscribeAsync("calculator");
        var token = await watch.ReadProgressAsync();

        await using var second = registry.Client.Streaming(RegistryMethods.Watch);
        const string Message = "watches are 1: at most 1 are allowed on one node.";
        await ExhaustedAsync(Message, second.ReadAsync().AsTask());
        await using var simple = registry.Client.ServerStreaming(
            RegistryMethods.WatchService, new WatchServiceRequest { Service = "calculator" });
        await ExhaustedAsync(Message, simple.ReadAsync().AsTask());
        using var http = new HttpClient { BaseAddress = registry.HttpAddress };
        foreach (var path in new[] { "watch", $"poll?after={token.StoreId}:{token.Revision}" })
        {
            using var answer = await http.GetAsync(new Uri($"/v1/services/calculator/{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
            Assert.Contains(Message, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // Who is in, goes on.
        await RegisterAsync(registry, "a", 1);
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Watch_SubscriptionsOfAllStreamsOverTheLimit_GetAFaultUntilOneIsGivenBack()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { SubscriptionsMax = 2 });
        await using var first = new WatchReader(registry.Client);
        await first.SubscribeAsync("s1");
        await first.ReadProgressAsync();
        await using var second = new WatchReader(registry.Client);
        await second.SubscribeAsync("s1");
        await second.ReadProgressAsync();

        await second.SubscribeAsync("s2");
        var fault = (await second.ReadUntilAsync(WatchResponse.EventOneofCase.Fault)).Fault;
        Assert.Equal((int)StatusCode.ResourceExhausted, fault.Code);
        Assert.Equal("subscriptions are 2: at most 2 are allowed on one node.", fault.Message);

        // To start one over is not to have one more.
        await second.SubscribeAsync("s1");
        await second.ReadProgressAsync();
        await second.SendAsync(new WatchRequest { Unsubscribe = new Unsubscribe { Service = "s1" } });
        await second.SubscribeAsync("s2");
        await second.ReadUntilAsync(WatchResponse.EventOneofCase.Progress, m => m.Service == "s2");
    }

    [Fact]
    public async Task SetIntent_DrainsOverTheLimit_AreAnnouncedAndAnsweredWithoutWaiting()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { DrainsMax = 0 });
        await RegisterAsync(registry, "a", 1);
        await using var watch = new WatchReader(registry.Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();

        var answer = await registry.Client.UnaryAsync(RegistryMethods.SetIntent, new SetIntentRequest
        {
            Service = "calculator", InstanceId = "a", Intent = Intent.Draining, AwaitWatchersMs = 5000,
        });

        Assert.Equal(Intent.Draining, answer.Intent);
        Assert.Null(answer.Drain);
    }

    [Fact]
    public async Task Connections_OverTheLimit_AreClosedAndTheOthersGoOn()
    {
        await using var registry = await LimitedRegistry.StartAsync(new NodeLimits { ConnectionsMax = 2 });
        await RegisterAsync(registry, "a", 1);
        using var one = new System.Net.Sockets.TcpClient();
        using var two = new System.Net.Sockets.TcpClient();
        await one.ConnectAsync(IPAddress.Loopback, registry.GrpcAddress.Port);
        await two.ConnectAsync(IPAddress.Loopback, registry.GrpcAddress.Port);

        // One of the two was the second connection and waits for its preface; the other was one too many.
        var buffers = (new byte[1], new byte[1]);
        var ended = await Task.WhenAny(EndAsync(one, buffers.Item1), EndAsync(two, buffers.Item2));
        Assert.Equal(0, await ended);

        await RegisterAsync(registry, "b", 2);
    }

    private ulong _lease;

    private static async Task<int> EndAsync(System.Net.Sockets.TcpClient client, byte[] buffer)
    {
        try
        {
            return await client.GetStream().ReadAsync(buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static Task<RegisterResponse> RegisterAsync(
        LimitedRegistry registry, string id, int port, string service = "calculator", ulong lease = 0) =>
        registry.Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest
        {
            LeaseId = lease,
            Instance = new Instance { Service = service, Id = id, Host = "10.0.0.1", Endpoints = { new Endpoint { Port = port } } },
        });

    private async Task<StreamingCall<SessionRequest, SessionResponse>> OpenAsync(LimitedRegistry registry, ulong lease = 0)
    {
        var session = registry.Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { LeaseId = lease } });
        _lease = (await session.ReadAsync())!.Opened.LeaseId;
        return session;
    }

    private static async Task ExhaustedAsync(string message, Task call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.Equal(StatusCode.ResourceExhausted, error.Code);
        Assert.StartsWith(message, error.Status.Detail, StringComparison.Ordinal);
    }
}
