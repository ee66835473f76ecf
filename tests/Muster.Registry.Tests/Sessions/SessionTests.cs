using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Sessions;

public class SessionTests : RegistryHarness
{
    [Fact]
    public async Task Session_RegistersAndRenews()
    {
        await using var session = await OpenAsync();
        var registered = await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });
        var renewed = await AskAsync(session, new SessionRequest { RequestId = 3, Renew = new Renew() });

        Assert.Equal("a", registered.Registered.InstanceId);
        Assert.Equal(10_000u, renewed.Renewed.TtlMs);
        Assert.Single((await ListAsync()).Instances);
    }

    [Fact]
    public async Task Session_StreamBreaks_TurnsTimeoutThenTheTtlRemovesWithTheReason()
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });

        await session.DisposeAsync();
        await watch.ReadLivenessAsync("a", Liveness.Timeout);
        Assert.Single((await ListAsync()).Instances);

        Time.Advance(TimeSpan.FromSeconds(10.1));
        var removed = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed;
        Assert.Equal(RemovalReason.ConnectionLost, removed.Reason);
    }

    [Fact]
    public async Task Session_ResumedWithinTheTtl_IsAliveAgainWithoutRegistering()
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        var session = await OpenAsync();
        var opened = _opened!;
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });
        await session.DisposeAsync();
        await watch.ReadLivenessAsync("a", Liveness.Timeout);

        await using var again = await OpenAsync(opened.LeaseId);

        Assert.True(_opened!.Resumed);
        Assert.Equal(opened.LeaseId, _opened.LeaseId);
        await watch.ReadLivenessAsync("a", Liveness.Alive);
    }

    [Fact]
    public async Task Session_ResumedAfterTheTtl_GetsANewLeaseAndIsToldSo()
    {
        var session = await OpenAsync();
        var lease = _opened!.LeaseId;
        await session.DisposeAsync();
        Time.Advance(TimeSpan.FromSeconds(10.1));

        await using var again = await OpenAsync(lease);

        Assert.False(_opened.Resumed);
        Assert.NotEqual(lease, _opened.LeaseId);
    }

    [Fact]
    public async Task Session_SilentForTheTtl_IsEndedWithNotFound()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });

        Time.Advance(TimeSpan.FromSeconds(10.1));

        await FailsAsync(StatusCode.NotFound, session.ReadAsync().AsTask());
        await Registry.Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
    }

    [Fact]
    public async Task Session_WithoutOpen_EndsWithInvalidArgument()
    {
        await using var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Renew = new Renew() });

        await FailsAsync(StatusCode.InvalidArgument, session.ReadAsync().AsTask());
    }

    [Fact]
    public async Task Session_BadRegistration_IsAFaultAndTheSessionGoesOn()
    {
        await using var session = await OpenAsync();

        var answer = await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance(port: 0) } });

        Assert.Equal((int)StatusCode.InvalidArgument, answer.Fault.Code);
        Assert.Equal(2ul, answer.RequestId);
        var good = await AskAsync(session, new SessionRequest { RequestId = 3, Register = new RegisterRequest { Instance = Instance() } });
        Assert.Equal("a", good.Registered.InstanceId);
    }

    [Fact]
    public async Task Session_ItsAddressIsTakenOverWhileItIsSilent_HearsSuperseded()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance("old") } });
        Time.Advance(TimeSpan.FromSeconds(5.1));

        await RegisterAsync(Instance("new"));

        Assert.Equal("old", (await session.ReadAsync())!.Superseded.InstanceId);
    }

    [Fact]
    public async Task Session_AnotherProcessRegistersItsIdAndAddress_HearsSuperseded()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });
        Time.Advance(TimeSpan.FromSeconds(5.1));

        await RegisterAsync(Instance());

        Assert.Equal(("a", "a"), ((await session.ReadAsync())!.Superseded is var told ? (told.InstanceId, told.ByInstanceId) : default));
        Assert.Single((await ListAsync()).Instances);
    }

    [Fact]
    public async Task Session_RegistersItsOwnInstanceAtAnotherAddress_IsNotSuperseded()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance(port: 80) } });

        // The answers come in order: anything announced would be read before this one.
        await AskAsync(session, new SessionRequest { RequestId = 3, Register = new RegisterRequest { Instance = Instance(port: 81) } });

        await AskAsync(session, new SessionRequest { RequestId = 4, Renew = new Renew() });
    }

    [Fact]
    public async Task Session_OperatorRemovesItsInstance_HearsItWithTheReason()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });

        await RemoveAsync("a", "bad build");

        var told = (await session.ReadAsync())!.RemovedByOperator;
        Assert.Equal("a", told.InstanceId);
        Assert.Contains("bad build", told.Reason, StringComparison.Ordinal);
        Assert.Empty((await ListAsync()).Instances);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    public async Task Session_RemovedWhileItsStreamWasBroken_HearsItBeforeTheNextOneIsOpened(double secondsAway)
    {
        var session = await OpenAsync();
        var lease = _opened!.LeaseId;
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });
        await session.DisposeAsync();
        await RemoveAsync("a", "bad build");
        Time.Advance(TimeSpan.FromSeconds(secondsAway));

        await using var again = Client.Streaming(RegistryMethods.Session);
        await again.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { LeaseId = lease } });

        Assert.Equal("a", (await again.ReadAsync())!.RemovedByOperator.InstanceId);
        Assert.Equal(secondsAway < 10, (await again.ReadAsync())!.Opened.Resumed);
    }

    [Fact]
    public async Task Session_RegistersAgainWhatWasRemoved_IsNotToldAgain()
    {
        await using var session = await OpenAsync();
        var lease = _opened!.LeaseId;
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });
        await RemoveAsync("a", "");
        await session.ReadAsync();
        await AskAsync(session, new SessionRequest { RequestId = 3, Register = new RegisterRequest { Instance = Instance() } });

        await using var again = await OpenAsync(lease);

        Assert.True(_opened.Resumed);
    }

    [Fact]
    public async Task Session_ItsAddressIsTakenOver_NamesTheSuccessor()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance("old") } });
        Time.Advance(TimeSpan.FromSeconds(5.1));

        await RegisterAsync(Instance("new"));

        Assert.Equal("new", (await session.ReadAsync())!.Superseded.ByInstanceId);
    }

    [Fact]
    public async Task Session_OperatorAsksToDrain_HearsIt()
    {
        await using var session = await OpenAsync();
        await AskAsync(session, new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance() } });

        await Client.UnaryAsync(RegistryMethods.SetIntent,
            new SetIntentRequest { Service = "calculator", InstanceId = "a", Intent = Intent.Draining });

        Assert.Equal("a", (await session.ReadAsync())!.DrainRequested.InstanceId);
    }

    [Fact]
    public async Task Session_ManyRequestsAtOnce_AreAllAnswered()
    {
        await using var session = await OpenAsync();
        var reading = Task.Run(async () =>
        {
            var ids = new HashSet<ulong>();
            while (ids.Count < 1000)
            {
                ids.Add((await session.ReadAsync())!.RequestId);
            }

            return ids;
        });
        for (ulong i = 1; i <= 1000; i++)
        {
            await session.WriteAsync(new SessionRequest
            {
                RequestId = i + 1,
                Register = new RegisterRequest { Instance = Instance($"i{i}", (int)i) },
            });
        }

        Assert.Equal(1000, (await reading).Count);
        Assert.Equal(1000, (await ListAsync()).Instances.Count);
    }

    private Opened? _opened;

    private Task<RemoveResponse> RemoveAsync(string id, string reason) => Client.UnaryAsync(
        RegistryMethods.Remove, new RemoveRequest { Service = "calculator", InstanceId = id, Reason = reason });

    private static async Task<SessionResponse> AskAsync(
        StreamingCall<SessionRequest, SessionResponse> session, SessionRequest request)
    {
        await session.WriteAsync(request);
        var answer = await session.ReadAsync() ?? throw new InvalidOperationException("The registry ended the session.");
        Assert.Equal(request.RequestId, answer.RequestId);
        return answer;
    }

    private async Task<StreamingCall<SessionRequest, SessionResponse>> OpenAsync(ulong lease = 0)
    {
        var session = Client.Streaming(RegistryMethods.Session);
        var answer = await AskAsync(session, new SessionRequest { RequestId = 1, Open = new Open { LeaseId = lease, Client = "test" } });
        _opened = answer.Opened;
        return session;
    }
}
