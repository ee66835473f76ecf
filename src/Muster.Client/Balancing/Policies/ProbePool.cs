namespace Muster.Client.Balancing.Policies;

/// <summary>Prequal's pool of probes.</summary>
/// <remarks>Not thread-safe. Bounded: <see cref="PoolMax"/> answers and <see cref="ExpectedMax"/> probes that have not been
/// answered.</remarks>
internal sealed class ProbePool(InstanceStatistics[] candidates, int probesPerCall)
{
    internal const int PoolMax = 16;
    internal const int ExpectedMax = 128;

    private const double HotQuantile = 0.6;
    private const int RemovedPerCall = 1;
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly int _size = Math.Clamp(candidates.Length / 4, 2, PoolMax);
    private readonly List<Answer> _answers = new(PoolMax);
    private readonly Queue<(int Index, TimeSpan SentAt)> _expected = new(ExpectedMax);
    private readonly double[] _sorted = new double[PoolMax];
    private bool _removeWorst;

    /// <summary>Answers in the pool.</summary>
    public int Count => _answers.Count;

    /// <summary>How many of them are hot.</summary>
    public int Hot => _answers.Count(a => InFlight(a) > HotAbove());

    /// <summary>Requests in flight above which an answer is hot. There must be answers.</summary>
    public double HotBound => HotAbove();

    /// <summary>An answer of a candidate is on its way.</summary>
    public void Expect(int index, TimeSpan now)
    {
        if (_expected.Count == ExpectedMax)
        {
            _expected.Dequeue();
        }

        _expected.Enqueue((index, now));
    }

    /// <summary>The candidate to call; -1 if there are too few answers to say.</summary>
    public int Take(TimeSpan now, PickRandom random)
    {
        Collect(now, random);
        RemoveUsedUp(now);
        if (_answers.Count < 2)
        {
            return -1;
        }

        var best = Best(now);
        var answer = _answers[best];
        _answers[best] = answer with { UsesLeft = answer.UsesLeft - 1 };
        Remove();
        return answer.Index;
    }

    // What has arrived since the last call. Those that are still on their way stay expected, the others are forgotten.
    private void Collect(TimeSpan now, PickRandom random)
    {
        for (var left = _expected.Count; left > 0; left--)
        {
            var expected = _expected.Dequeue();
            if (candidates[expected.Index].Load is { OthersInFlight: not null } load && load.At > expected.SentAt)
            {
                Add(new Answer(expected.Index, load, Uses(random)));
            }
            else if (now - expected.SentAt < AgeMax)
            {
                _expected.Enqueue(expected);
            }
        }
    }

    private void Add(Answer answer)
    {
        for (var i = 0; i < _answers.Count; i++)
        {
            if (_answers[i].Index == answer.Index)
            {
                _answers[i] = answer;
                return;
            }
        }

        if (_answers.Count == _size)
        {
            _answers.RemoveAt(Oldest());
        }

        _answers.Add(answer);
    }

    // A loop rather than RemoveAll, whose closure every pick would pay for.
    private void RemoveUsedUp(TimeSpan now)
    {
        for (var i = _answers.Count - 1; i >= 0; i--)
        {
            if (now - _answers[i].At > AgeMax || _answers[i].UsesLeft <= 0)
            {
                _answers.RemoveAt(i);
            }
        }
    }

    // b_reuse of the paper, with δ = 1, rounded at random so that its mean is right.
    private int Uses(PickRandom random)
    {
        var net = ((1 - ((double)_size / candidates.Length)) * probesPerCall) - RemovedPerCall;
        var uses = Math.Max(1, 2 / net);
        var whole = (int)uses;
        return whole + (random.NextDouble() < uses - whole ? 1 : 0);
    }

    // What fails at once is fast and idle, so failures make an answer worse than it looks. The quantile is one of the counts, so at
    // least one is cold; all are hot only if calls were sent while they were read.
    private int Best(TimeSpan now)
    {
        var bound = HotAbove();
        var (best, isCold, lowest) = (0, false, double.PositiveInfinity);
        for (var i = 0; i < _answers.Count; i++)
        {
            var count = InFlight(_answers[i]);
            var cold = count <= bound;
            var score = (cold ? Latency(_answers[i]) : count) * candidates[_answers[i].Index].ErrorPenaltyAt(now);
            if ((cold && !isCold) || (cold == isCold && score < lowest))
            {
                (best, isCold, lowest) = (i, cold, score);
            }
        }

        return best;
    }

    // In turns the oldest, and the worst: the busiest of the hot ones, else the slowest.
    private void Remove()
    {
        if (_answers.Count <= 2)
        {
            return;
        }

        _removeWorst = !_removeWorst;
        _answers.RemoveAt(_removeWorst ? Worst() : Oldest());
    }

    private int Worst()
    {
        var bound = HotAbove();
        var (worst, isHot, highest) = (0, false, double.NegativeInfinity);
        for (var i = 0; i < _answers.Count; i++)
        {
            var count = InFlight(_answers[i]);
            var hot = count > bound;
            var score = hot ? count : Latency(_answers[i]);
            if ((hot && !isHot) || (hot == isHot && score > highest))
            {
                (worst, isHot, highest) = (i, hot, score);
            }
        }

        return worst;
    }

    private int Oldest()
    {
        var oldest = 0;
        for (var i = 1; i < _answers.Count; i++)
        {
            oldest = _answers[i].At < _answers[oldest].At ? i : oldest;
        }

        return oldest;
    }

    private double HotAbove()
    {
        for (var i = 0; i < _answers.Count; i++)
        {
            _sorted[i] = InFlight(_answers[i]);
        }

        var counts = _sorted.AsSpan(0, _answers.Count);
        counts.Sort();
        return counts[(int)(HotQuantile * (counts.Length - 1))];
    }

    private double InFlight(Answer answer) => candidates[answer.Index].InFlight + (answer.Load.OthersInFlight ?? 0);

    // Of the answers that show one; null if none does.
    private double? MedianLatency()
    {
        var known = 0;
        foreach (var answer in _answers)
        {
            if (answer.Load.LatencyMilliseconds is { } latency)
            {
                _sorted[known++] = latency;
            }
        }

        _sorted.AsSpan(0, known).Sort();
        return known == 0 ? null : _sorted[known / 2];
    }

    // An instance that does not say how long it takes is neither the fastest nor the slowest. Where none says it, the count is all there is.
    private double Latency(Answer answer) => answer.Load.LatencyMilliseconds ?? MedianLatency() ?? InFlight(answer);

    private readonly record struct Answer(int Index, ReportedLoad Load, int UsesLeft)
    {
        public TimeSpan At => Load.At;
    }
}
