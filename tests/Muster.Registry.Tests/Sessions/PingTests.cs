using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Sessions;

/// <summary>Somebody registers an address that a session holds: does its process still live?</summary>
public class PingTests : RegistryHarness
{
    [Fact]
    public async Task Holder_LeavesThePingUnanswered_LosesItsAddressAfterThePatienceAndNotBefore()
    {
        await using var session = await HoldAsync(answersPings: true);
        var newcomer = RegisterAsync(Instance("new"));
        Assert.Equal(SessionResponse.ResponseOneofCase.Ping, (await ReadAsync(session)).ResponseCase);

        Time.Advance(TimeSpan.FromMilliseconds(490));
        Assert.False(newcomer.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal("new", (await newcomer).InstanceId);
        Assert.Equal("new", Assert.Single((await ListAsync()).Instances).Instance.Id);
        Assert.Equal("old", (await ReadAsync(session)).Superseded.InstanceId);
        var removals = await Client.UnaryAsync(RegistryMethods.ListRemovals, new ListRemovalsRequest { Service = "calculator" });
        Assert.StartsWith("'new' registered 10.0.0.1:80, and this one did not answer a ping within 0.5 s; ", Assert.Single(removals.Removals).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Holder_SaysAnything_KeepsItsAddressAndTheNewcomerHearsWhoHoldsIt(bool isPong)
    {
        var sign = isPong ? new SessionRequest { Pong = new Pong() } : new SessionRequest { RequestId = 9, Renew = new Renew() };
        await using var session = await HoldAsync(answersPings: true);
        var newcomer = RegisterAsync(Instance("new"));
        Assert.NotNull((await ReadAsync(session)).Ping);

        await session.WriteAsync(sign);

        var error = await FailsAsync(StatusCode.AlreadyExists, newcomer);
        Assert.Contains("'old'", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("MY_ADDR", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("old", Assert.Single((await ListAsync()).Instances).Instance.Id);
    }

    [Fact]
    public async Task Holder_DoesNotKnowPings_IsNotAskedAndKeepsItsAddress()
    {
        await using var session = await HoldAsync(answersPings: false);

        await FailsAsync(StatusCode.AlreadyExists, RegisterAsync(Instance("new")));

        // The answers come in order: a ping would be read before this one.
        await session.WriteAsync(new SessionRequest { RequestId = 9, Renew = new Renew() });
        Assert.NotNull((await ReadAsync(session)).Renewed);
    }

    [Fact]
    public async Task Holder_ItsStreamEndsInsteadOfAnAnswer_LosesItsAddressAtOnce()
    {
        var session = await HoldAsync(answersPings: true);
        var newcomer = RegisterAsync(Instance("new"));
        Assert.NotNull((await ReadAsync(session)).Ping);

        await session.DisposeAsync();

        Assert.Equal("new", (await newcomer).InstanceId);
    }

    [Fact]
    public async Task Holder_ManyWantItsAddress_IsAskedOnceAndOneOfThemGetsIt()
    {
        await using var session = await HoldAsync(answersPings: true);
        var newcomers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => WantAsync($"new-{i}")));
        Assert.NotNull((await ReadAsync(session)).Ping);

        Time.Advance(TimeSpan.FromMilliseconds(510));

        var answers = await Task.WhenAll(newcomers.Select(ReadAsync));
        Assert.Single(answers, a => a.Registered is not null);
        Assert.Equal(7, answers.Count(a => a.Fault?.Code == (int)StatusCode.AlreadyExists));
        Assert.NotNull((await ReadAsync(session)).Superseded);
        await Task.WhenAll(newcomers.Select(n => n.DisposeAsync().AsTask()));
    }

    // A session's requests begin in their order: when the second is answered, the first waits for the holder.
    private async Task<StreamingCall<SessionRequest, SessionResponse>> WantAsync(string id)
    {
        var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open() });
        Assert.NotNull((await ReadAsync(session)).Opened);
        await session.WriteAsync(new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance(id) } });
        await session.WriteAsync(new SessionRequest { RequestId = 3, Renew = new Renew() });
        Assert.NotNull((await ReadAsync(session)).Renewed);
        return session;
    }

    private static async Task<SessionResponse> ReadAsync(StreamingCall<SessionRequest, SessionResponse> session)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return (await session.ReadAsync(patience.Token))!;
    }

    private async Task<StreamingCall<SessionRequest, SessionResponse>> HoldAsync(bool answersPings)
    {
        var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { RequestId = 1, Open = new Open { AnswersPings = answersPings } });
        Assert.NotNull((await ReadAsync(session)).Opened);
        await session.WriteAsync(new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Instance("old") } });
        Assert.NotNull((await ReadAsync(session)).Registered);
        return session;
    }
}
