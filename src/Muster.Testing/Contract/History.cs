namespace Muster.Testing.Contract;

/// <summary>What happened in a run, in its order: simulated or real, of one process or of many.</summary>
/// <remarks>Thread-safe. Grows with the run; a test that records for hours splits it at a quiet moment.</remarks>
public sealed class History
{
    // Guards the list. Whoever records reads the clock under it, so that the order is that of the times.
    private readonly Lock _lock = new();
    private readonly List<HistoryEvent> _events = [];

    /// <summary>What was recorded so far.</summary>
    public IReadOnlyList<HistoryEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Records an event.</summary>
    /// <exception cref="ArgumentException">It is older than the last: record through <see cref="Add(Func{HistoryEvent})"/> where several
    /// threads do.</exception>
    public void Add(HistoryEvent happened) => Add(() => happened);

    /// <summary>Records an event that is made, and so timed, when its place in the order is certain.</summary>
    /// <param name="make">Reads the clock and makes the event; must not record itself.</param>
    public void Add(Func<HistoryEvent> make)
    {
        lock (_lock)
        {
            var happened = make();
            if (_events.Count > 0 && happened.At < _events[^1].At)
            {
                throw new ArgumentException($"'{happened}' comes after '{_events[^1]}', which is later.", nameof(make));
            }

            _events.Add(happened);
        }
    }

    /// <summary>The whole history as text, one line an event; the same for the same events.</summary>
    public override string ToString() => string.Join('\n', Events);
}
