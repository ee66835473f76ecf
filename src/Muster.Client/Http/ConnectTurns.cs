using Muster.Core;

namespace Muster.Client.Http;

/// <summary>The turns to make a connection: <see cref="Limits.ConnectsMax"/> at a time, <see cref="Limits.ConnectsPerServiceMax"/> of them
/// for one service.</summary>
/// <remarks>Thread-safe. One per client. A turn that is given back goes to the service that has waited longest for one, not to the connect
/// that has: a service with a thousand dead instances would otherwise make all others wait.</remarks>
/// <param name="timeProvider">The clock.</param>
internal sealed class ConnectTurns(TimeProvider timeProvider)
{
    // Guards all below, and what the lines hold. Taken twice for each connection that is made, and never for long.
    private readonly Lock _lock = new();

    // The lines in which somebody waits, or did, each once: first the one whose turn is next.
    private readonly Queue<ConnectLine> _waiting = new();
    private int _taken;

    public TimeProvider TimeProvider => timeProvider;

    /// <summary>Takes a turn, or a place in the line.</summary>
    /// <returns>The place; null if it is the caller's turn.</returns>
    public LinkedListNode<TaskCompletionSource>? Enter(ConnectLine line)
    {
        lock (_lock)
        {
            if (TryTakeLocked(line))
            {
                return null;
            }

            ListLocked(line);
            return line.Places.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    /// <summary>Gives up a place.</summary>
    /// <returns>False if its turn has come in this instant.</returns>
    public bool Leave(ConnectLine line, LinkedListNode<TaskCompletionSource> place)
    {
        lock (_lock)
        {
            if (place.List is null)
            {
                return false;
            }

            // A line that nobody is left in stays listed until it is next.
            line.Places.Remove(place);
            return true;
        }
    }

    /// <summary>Gives a turn back, to who is next.</summary>
    public void End(ConnectLine served)
    {
        lock (_lock)
        {
            _taken--;
            served.Taken--;
            for (var i = _waiting.Count; i > 0 && _taken < Limits.ConnectsMax; i--)
            {
                var line = _waiting.Dequeue();
                line.IsListed = false;
                ServeLocked(line);
            }
        }
    }

    private void ServeLocked(ConnectLine line)
    {
        if (line.Places.First is { } first && TryTakeLocked(line))
        {
            line.Places.RemoveFirst();
            first.Value.SetResult();
        }

        if (line.Places.Count > 0)
        {
            ListLocked(line);
        }
    }

    private void ListLocked(ConnectLine line)
    {
        if (!line.IsListed)
        {
            line.IsListed = true;
            _waiting.Enqueue(line);
        }
    }

    private bool TryTakeLocked(ConnectLine line)
    {
        if (_taken >= Limits.ConnectsMax || line.Taken >= Limits.ConnectsPerServiceMax)
        {
            return false;
        }

        _taken++;
        line.Taken++;
        return true;
    }
}
