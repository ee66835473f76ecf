using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>Virtual time, and everything that is still to happen in it, in one order. No threads and no clock but this one: the
/// same seed gives the same run.</summary>
internal sealed class World(int seed)
{
    // A run has some ten thousand; one that goes in circles ends here instead of never.
    private const int HappeningsMax = 2_000_000;

    private readonly PriorityQueue<Happening, (TimeSpan At, long Order)> _queue = new();
    private readonly List<string> _trace = [];
    private long _order;
    private long _operation;

    public Random Random { get; } = new(seed);

    public TimeSpan Now { get; private set; }

    public History History { get; } = new();

    /// <summary>What happened, a line each; the same for the same seed.</summary>
    public IReadOnlyList<string> Trace => _trace;

    /// <summary>What must not happen in any run, whatever the contract says: an error that nobody expected.</summary>
    public Exception? Defect { get; private set; }

    /// <summary>Lets something happen in a process later.</summary>
    /// <param name="process">Where; if it has died by then, it does not happen, and if it is stopped, it waits.</param>
    /// <param name="at">When; in the past means now.</param>
    /// <param name="lane">What keeps its order if the process was stopped: a connection, a timer.</param>
    /// <param name="action">What.</param>
    public void At(SimProcess process, TimeSpan at, object lane, Action action) =>
        _queue.Enqueue(new Happening(process, lane, action), (at < Now ? Now : at, ++_order));

    public void RunUntil(TimeSpan end)
    {
        while (Defect is null && _queue.TryPeek(out _, out var due) && due.At <= end)
        {
            var happening = _queue.Dequeue();
            Now = due.At;
            if (_order > HappeningsMax)
            {
                throw new InvalidOperationException($"More than {HappeningsMax} happenings by {Now}: the run goes in circles.");
            }

            happening.Process.Take(happening);
        }

        Now = end;
    }

    public void Record(HistoryEvent happened)
    {
        History.Add(happened);
        // The changes of one commit may be delivered in an order that depends on hash codes, which differ from process to process;
        // what they come to is in the progress and in what is shown.
        if (happened is not HistoryEvent.ChangeDelivered)
        {
            _trace.Add(happened.ToString());
        }
    }

    public void Note(string text) => _trace.Add(FormattableString.Invariant($"{Now.TotalSeconds:0.000000} -- {text}"));

    public void Fail(Exception defect)
    {
        Defect ??= defect;
        Note($"DEFECT: {defect.Message}");
    }

    public long NextOperation() => ++_operation;

    public TimeSpan Milliseconds(double min, double max) => TimeSpan.FromMilliseconds(min + ((max - min) * Random.NextDouble()));

    public bool Chance(double probability) => Random.NextDouble() < probability;
}
