using System.Threading.Channels;
using Muster.Samples.Demo.Processes;

namespace Muster.Samples.Demo;

/// <summary>Does what the keys say, and kills a worker midway through a run of given length. The one loop that changes the
/// fleet.</summary>
internal sealed class Director(Stage stage, Random random, CancellationTokenSource end)
{
    /// <summary>Acts until the run ends.</summary>
    /// <param name="keys">What was pressed.</param>
    /// <param name="killAfter">When to kill a worker; null never does.</param>
    /// <param name="timeProvider">The clock.</param>
    public async Task RunAsync(ChannelReader<char> keys, TimeSpan? killAfter, TimeProvider timeProvider)
    {
        var turns = Channel.CreateUnbounded<Action>();
        var killing = killAfter is { } delay ? KillMidwayAsync(delay, turns.Writer, timeProvider) : Task.CompletedTask;
        var reading = ReadAsync(keys, turns.Writer);
        try
        {
            await foreach (var act in turns.Reader.ReadAllAsync(end.Token))
            {
                act();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The run is over.
        }

        await Task.WhenAll(killing, reading);
    }

    /// <summary>Does what a key stands for; other keys do nothing.</summary>
    internal void Press(char key)
    {
        switch (char.ToLowerInvariant(key))
        {
            case 'k':
                Kill(null);
                break;
            case 'a':
                Add();
                break;
            case 'd':
                Drain();
                break;
            case 'f':
                FreezeOrThaw();
                break;
            case 'q':
                end.Cancel();
                break;
            default:
                break;
        }
    }

    private void Kill(ProgramKind? kind)
    {
        if (stage.Fleet.ChooseVictim(kind) is { } victim)
        {
            stage.Kill(victim);
        }
        else
        {
            stage.Events.Say("Nothing is killed: of each kind one must stay. a adds one.");
        }
    }

    private void Drain()
    {
        if (stage.Fleet.ChooseVictim() is { } leaving)
        {
            leaving.Drain();
            stage.Events.Say($"Told {leaving.Name} to drain and end.");
        }
        else
        {
            stage.Events.Say("Nothing is drained: of each kind one must stay. a adds one.");
        }
    }

    private void FreezeOrThaw()
    {
        if (stage.Fleet.Members.Find(member => member.IsFrozen) is { } frozen)
        {
            frozen.Thaw();
            stage.Events.Say($"{frozen.Name} goes on (SIGCONT).");
        }
        else if (stage.Fleet.ChooseVictim() is { } still)
        {
            still.Freeze();
            stage.Events.Say($"{still.Name} stands still (SIGSTOP), its connections open; f lets it go on.");
        }
        else
        {
            stage.Events.Say("Nothing is frozen: of each kind one must go on. a adds one.");
        }
    }

    private void Add()
    {
        var kind = ProgramKind.All[random.Next(ProgramKind.All.Length)];
        stage.Events.Say(stage.Fleet.Add(kind) is { } name ? $"Started {name}." : "There are as many processes as there may be.");
    }

    private async Task KillMidwayAsync(TimeSpan delay, ChannelWriter<Action> turns, TimeProvider timeProvider)
    {
        try
        {
            await Task.Delay(delay, timeProvider, end.Token);
            turns.TryWrite(() => Kill(ProgramKind.All.First(kind => kind.Name == "worker")));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Ended before half time.
        }
    }

    private async Task ReadAsync(ChannelReader<char> keys, ChannelWriter<Action> turns)
    {
        try
        {
            await foreach (var key in keys.ReadAllAsync(end.Token))
            {
                turns.TryWrite(() => Press(key));
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The run is over.
        }
    }
}
