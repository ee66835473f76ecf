using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>Whether an instance is well again is the trial's to say.</summary>
public sealed class HandlerTrialTests
{
    private readonly FakeNetwork _network = new();

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task Send_OlderCallEndsDuringTheTrial_ChangesNothing(int status)
    {
        var (older, trial) = (new TaskCompletionSource(), new TaskCompletionSource());
        var fails = FakeNetwork.Status(500);
        await using var fixture = new HandlerFixture(
            _network,
            _network.Add("a", FakeNetwork.InTurn(
                After(older, FakeNetwork.Status(status)), fails, fails, fails, fails, fails, After(trial, FakeNetwork.Status(200)))),
            _network.Add("b", FakeNetwork.Status(200)), _network.Add("c", FakeNetwork.Status(200)));
        using var client = fixture.Client(fixture.Options with { Policy = FirstPolicy.PolicyName });
        var first = client.PostAsync("/", null);
        for (var i = 0; i < 5; i++)
        {
            using var failed = await client.PostAsync("/", null);
        }

        fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        var trying = client.PostAsync("/", null);
        Assert.Equal(BreakerState.HalfOpen, StateOf(fixture));

        older.SetResult();
        (await first.InTime()).Dispose();
        Assert.Equal(BreakerState.HalfOpen, StateOf(fixture));

        trial.SetResult();
        (await trying.InTime()).Dispose();
        Assert.Equal(BreakerState.Closed, StateOf(fixture));
    }

    private static BreakerState StateOf(HandlerFixture fixture) => fixture.Fleet.Health(fixture.Clock.Now())[0].State;

    private static FakeAnswer After(TaskCompletionSource at, FakeAnswer answer) => async (request, token) =>
    {
        await at.Task;
        return await answer(request, token);
    };
}
