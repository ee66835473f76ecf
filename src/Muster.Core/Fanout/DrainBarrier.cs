namespace Muster.Core.Fanout;

/// <summary>Decides when an announced drain is known to all: when every watcher that was there at the announcement, and that can
/// acknowledge, has done so, has left, or has been silent for too long.</summary>
/// <remarks>Pure and not thread-safe. Each call is a step; it returns whether the barrier fell with it, which it does once. Holds
/// one entry per watcher of the service.
/// <code>
/// waiting -- acknowledges the awaited revision, or a later one --> counted
/// waiting -- its stream ends -------------------------------------> named: Left
/// waiting -- Deadline --------------------------------------------> named: Silent
/// a simple stream is named at once, and never waited for
/// </code></remarks>
public sealed class DrainBarrier
{
    private readonly Dictionary<long, DrainWatcher> _waiting = [];
    private readonly SortedDictionary<long, DrainLaggard> _laggards = [];
    private int _acknowledged;

    /// <summary>Begins to wait; it is over at once if there is nobody to wait for.</summary>
    /// <param name="watchers">Who watched the service at the announcement.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="patience">How long to wait; zero names everyone who has not acknowledged by the first <see cref="Tick"/>.</param>
    public DrainBarrier(IEnumerable<DrainWatcher> watchers, TimeSpan now, TimeSpan patience)
    {
        Deadline = now + patience;
        foreach (var watcher in watchers)
        {
            if (watcher.CanAcknowledge)
            {
                _waiting.Add(watcher.Id, watcher);
            }
            else
            {
                Name(watcher, DrainSilence.SimpleStream);
            }
        }
    }

    /// <summary>When <see cref="Tick"/> is to be called.</summary>
    public TimeSpan Deadline { get; }

    /// <summary>Whether nobody is waited for any more.</summary>
    public bool IsOver => _waiting.Count == 0;

    /// <summary>What it has come to so far; final once it is over.</summary>
    public DrainOutcome Outcome => new(_acknowledged, [.. _laggards.Values]);

    /// <summary>A watcher has seen a revision of the service, and swapped its pickers.</summary>
    public bool Acknowledge(long watcher, Model.Revision revision)
    {
        if (!_waiting.TryGetValue(watcher, out var waiting) || revision < waiting.Awaited)
        {
            return false;
        }

        _waiting.Remove(watcher);
        _acknowledged++;
        return IsOver;
    }

    /// <summary>A watcher ended its stream, or its subscription.</summary>
    public bool Leave(long watcher)
    {
        if (!_waiting.Remove(watcher, out var waiting))
        {
            return false;
        }

        Name(waiting, DrainSilence.Left);
        return IsOver;
    }

    /// <summary>Time has passed.</summary>
    public bool Tick(TimeSpan now)
    {
        if (IsOver || now < Deadline)
        {
            return false;
        }

        foreach (var waiting in _waiting.Values)
        {
            Name(waiting, DrainSilence.Silent);
        }

        _waiting.Clear();
        return true;
    }

    private void Name(DrainWatcher watcher, DrainSilence why) => _laggards[watcher.Id] = new DrainLaggard(watcher.Name, why);
}
