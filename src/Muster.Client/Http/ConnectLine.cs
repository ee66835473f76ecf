namespace Muster.Client.Http;

/// <summary>Where the connects of one service wait for their turn.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="turns">The client's turns.</param>
internal sealed class ConnectLine(ConnectTurns turns)
{
    /// <summary>Those that wait, in their order. Under the lock of the turns.</summary>
    public LinkedList<TaskCompletionSource> Places { get; } = new();

    /// <summary>Turns that this service has. Under the lock of the turns.</summary>
    public int Taken { get; set; }

    /// <summary>Whether the turns know that somebody waits here. Under their lock.</summary>
    public bool IsListed { get; set; }

    /// <summary>Waits for a turn, which the caller has to end.</summary>
    /// <param name="patience">How long. No timer is armed for a turn that is free.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NoTurnException">None came.</exception>
    public async Task WaitAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (turns.Enter(this) is not { } place)
        {
            return;
        }

        try
        {
            await place.Value.Task.WaitAsync(patience, turns.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // If it came just now, it is used.
            if (turns.Leave(this, place))
            {
                throw new NoTurnException(patience);
            }
        }
        catch (OperationCanceledException)
        {
            if (!turns.Leave(this, place))
            {
                End();
            }

            throw;
        }
    }

    /// <summary>Gives the turn to the next.</summary>
    public void End() => turns.End(this);
}
