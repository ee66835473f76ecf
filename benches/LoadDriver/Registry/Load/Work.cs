using System.Diagnostics;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>What callers have to do: numbers, until a count or a time is reached.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Work
{
    private readonly long _end;
    private readonly Func<long, long> _pick;
    private readonly Action<long, long>? _onDone;
    private readonly List<double>? _latencies;
    private long _next = -1;
    private long _done;
    private volatile bool _isStopped;

    private Work(long end, Func<long, long> pick, Action<long, long>? onDone, bool isTimed)
    {
        _end = end;
        _pick = pick;
        _onDone = onDone;
        _latencies = isTimed ? [] : null;
    }

    /// <summary>How much is done.</summary>
    public long Count => Volatile.Read(ref _done);

    /// <summary>A time stamp for the latency of one thing.</summary>
    public long Now => _latencies is null ? 0 : Stopwatch.GetTimestamp();

    /// <summary>How long each thing took, in milliseconds; empty unless asked for.</summary>
    public IReadOnlyCollection<double> Latencies => _latencies ?? [];

    /// <summary>So many things.</summary>
    /// <param name="count">How many.</param>
    /// <param name="pick">What the n-th is about.</param>
    /// <param name="onDone">Called with what it was about, and its result; from many threads.</param>
    public static Work Of(long count, Func<long, long> pick, Action<long, long>? onDone = null) => new(count, pick, onDone, isTimed: false);

    /// <summary>As many as there is time for.</summary>
    public static Work Endless(Func<long, long> pick, Action<long, long>? onDone = null, bool isTimed = false) =>
        new(long.MaxValue, pick, onDone, isTimed);

    /// <summary>Nothing more is begun.</summary>
    public void Stop() => _isStopped = true;

    public bool TryTake(out long number)
    {
        var next = _isStopped ? _end : Interlocked.Increment(ref _next);
        number = next < _end ? _pick(next) : 0;
        return next < _end;
    }

    public void Done(long number, long result, long started)
    {
        Interlocked.Increment(ref _done);
        _onDone?.Invoke(number, result);
        if (_latencies is not null)
        {
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            lock (_latencies)
            {
                _latencies.Add(took);
            }
        }
    }
}
