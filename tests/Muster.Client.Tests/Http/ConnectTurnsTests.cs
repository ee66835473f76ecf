using Muster.Client.Http;
using Muster.Core;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

public sealed class ConnectTurnsTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly ConnectTurns _turns;
    private readonly ConnectLine _a;
    private readonly ConnectLine _b;

    public ConnectTurnsTests()
    {
        _turns = new ConnectTurns(_clock);
        (_a, _b) = (new ConnectLine(_turns), new ConnectLine(_turns));
    }

    [Fact]
    [Trait("pitfall", "reconnect-storm")]
    public void Wait_MoreThanAServiceMay_LeavesTurnsToAnother()
    {
        Assert.Equal(Limits.ConnectsPerServiceMax, Wait(_a, Limits.ConnectsMax + 100).Count(w => w.IsCompletedSuccessfully));
        Assert.Equal(Limits.ConnectsMax - Limits.ConnectsPerServiceMax, Wait(_b, 10).Count(w => w.IsCompletedSuccessfully));
        Assert.False(new ConnectLine(_turns).WaitAsync(s_patience, default).IsCompleted);
    }

    // However many wait in the other line, and have for longer.
    [Fact]
    public async Task End_TwoServicesWait_ServesThemByTurns()
    {
        var a = Wait(_a, Limits.ConnectsPerServiceMax + 50)[Limits.ConnectsPerServiceMax..];
        Wait(new ConnectLine(_turns), Limits.ConnectsMax - Limits.ConnectsPerServiceMax);
        var b = Wait(_b, 2);
        for (var i = 0; i < 4; i++)
        {
            _a.End();
        }

        await Task.WhenAll(a[0], a[1], b[0], b[1]).InTime();
        Assert.DoesNotContain(a[2..], w => w.IsCompleted);
    }

    [Fact]
    public async Task End_ServiceHasAllItMay_GoesToAnother()
    {
        Wait(_b, Limits.ConnectsMax - Limits.ConnectsPerServiceMax);
        var a = Wait(_a, Limits.ConnectsPerServiceMax + 1);
        var b = _b.WaitAsync(s_patience, default);
        _b.End();
        await b.InTime();
        Assert.False(a[^1].IsCompleted);
    }

    [Fact]
    public async Task Wait_NoneComes_SaysSoAndLeavesNothingBehind()
    {
        Wait(_a, Limits.ConnectsPerServiceMax);
        Assert.Equal(0, _clock.ArmedTimersCount);
        var tooLong = _a.WaitAsync(s_patience, default);
        _clock.Advance(s_patience);
        var e = await Assert.ThrowsAsync<NoTurnException>(() => tooLong.InTime());
        Assert.Equal("1000 ms passed without a turn to connect: 16 connections are made at a time, 12 of one service", e.Message);
        await AllTurnsAreThereAsync();
    }

    [Fact]
    public async Task Wait_GivenUp_LeavesNothingBehind()
    {
        Wait(_a, Limits.ConnectsPerServiceMax);
        using var stop = new CancellationTokenSource();
        var givenUp = _a.WaitAsync(s_patience, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp.InTime());
        await AllTurnsAreThereAsync();
    }

    // A turn that was given in the instant in which its owner leaves is not lost: the owner is told that it has it.
    [Fact]
    public void Leave_TurnHasCome_SaysSo()
    {
        Wait(_a, Limits.ConnectsPerServiceMax);
        var place = _turns.Enter(_a)!;
        _a.End();
        Assert.False(_turns.Leave(_a, place));
        Assert.True(place.Value.Task.IsCompletedSuccessfully);
        Assert.True(_turns.Leave(_a, _turns.Enter(_a)!));
    }

    private async Task AllTurnsAreThereAsync()
    {
        for (var i = 0; i < Limits.ConnectsPerServiceMax; i++)
        {
            _a.End();
        }

        await Task.WhenAll(Wait(_a, Limits.ConnectsPerServiceMax)).InTime();
        await Task.WhenAll(Wait(_b, Limits.ConnectsMax - Limits.ConnectsPerServiceMax)).InTime();
    }

    private static List<Task> Wait(ConnectLine line, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => line.WaitAsync(s_patience, default))];
}
