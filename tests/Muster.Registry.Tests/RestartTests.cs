using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Registry.Tests;

public sealed class RestartTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("muster-restart-").FullName;
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Restart_WithData_ListsWhatWasRegisteredAndGivesEachLeaseAFullTtl()
    {
        RegisterResponse registered;
        await using (var first = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory))
        {
            registered = await RegisterAsync(first);
            _time.Advance(TimeSpan.FromSeconds(9));
        }

        _time.Advance(TimeSpan.FromMinutes(10));
        await using var second = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);
        _time.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal("a", Assert.Single((await ListAsync(second)).Instances).Instance.Id);
        await second.Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = registered.LeaseId });
        Assert.Equal(Liveness.Alive, Assert.Single((await ListAsync(second)).Instances).Soft.Liveness);
    }

    [Fact]
    public async Task Restart_ProviderNeverCameBack_IsRemovedOneTtlAfterTheStart()
    {
        await using (var first = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory))
        {
            await RegisterAsync(first);
        }

        await using var second = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);
        await using var watch = new WatchReader(second.Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();

        _time.Advance(TimeSpan.FromSeconds(10.1));

        var removed = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed;
        Assert.Equal("a", removed.InstanceId);
        Assert.StartsWith("nothing was heard of it in the 10.0 s since this registry node started", removed.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restart_WatchResumed_GoesOnFromItsTokenOrGetsASnapshot()
    {
        ResumeToken token;
        await using (var first = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory))
        {
            await RegisterAsync(first);
            await using var watch = new WatchReader(first.Client);
            await watch.SubscribeAsync("calculator");
            token = await watch.ReadProgressAsync();
        }

        await using var second = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);
        await using var resumed = new WatchReader(second.Client);
        await resumed.SubscribeAsync("calculator", token);

        // Same store, same revision: nothing was missed, so no snapshot.
        Assert.Equal(WatchResponse.EventOneofCase.Soft, (await resumed.ReadAsync()).EventCase);
        Assert.Equal(token.Revision, (await resumed.ReadProgressAsync()).Revision);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_InstanceWasRemovedWhileItsProviderWasAway_TellsItStill(bool isSuperseded)
    {
        ulong lease;
        await using (var first = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory))
        {
            await using (var session = first.Client.Streaming(RegistryMethods.Session))
            {
                // Asked whether it lives, should the next registration be there before the end of this stream is.
                await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { TtlMs = 10_000, AnswersPings = true } });
                lease = (await session.ReadAsync())!.Opened.LeaseId;
                await session.WriteAsync(new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance("a") } });
                Assert.Equal(2u, (await session.ReadAsync())!.RequestId);
            }

            Task left = isSuperseded ? RegisterAsync(first, "b") : RemoveAsync(first);
            await left;
        }

        await using var second = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);
        await using var again = second.Client.Streaming(RegistryMethods.Session);
        await again.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { LeaseId = lease } });

        var told = (await again.ReadAsync())!;
        Assert.Equal(isSuperseded ? "b" : "", told.Superseded?.ByInstanceId ?? "");
        Assert.Equal(isSuperseded ? "" : "a", told.RemovedByOperator?.InstanceId ?? "");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<RegisterResponse> RegisterAsync(InProcessRegistry registry, string id = "a") =>
        registry.Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest { Instance = Instance(id) });

    private static Task<RemoveResponse> RemoveAsync(InProcessRegistry registry) => registry.Client.UnaryAsync(
        RegistryMethods.Remove, new RemoveRequest { Service = "calculator", InstanceId = "a", Reason = "bad build" });

    private static Instance Instance(string id) => new()
    {
        Service = "calculator",
        Id = id,
        Host = "10.0.0.1",
        Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 80 } },
    };

    private static Task<ListInstancesResponse> ListAsync(InProcessRegistry registry) =>
        registry.Client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = "calculator" });
}
