namespace Muster.Bench.LoadLab.Engine;

/// <summary>Who asks when for how much work. Open-loop: nobody waits for an answer before asking again.</summary>
/// <remarks>Made once per seed and replayed against every policy and against the central queue, so that they differ in nothing
/// but in where requests go.</remarks>
internal sealed class Trace
{
    // A log-normal's mean is exp(mu + sigma²/2) and its squared coefficient of variation exp(sigma²) - 1: for mean 1 and
    // variation 1, sigma² is ln 2 and mu is -ln 2 / 2.
    private static readonly double s_sigma = Math.Sqrt(Math.Log(2));
    private static readonly double s_mu = -Math.Log(2) / 2;

    private readonly long[] _at;
    private readonly float[] _demandTicks;
    private readonly ushort[] _client;

    private Trace(long[] at, float[] demandTicks, ushort[] client, int clients, long endTicks)
    {
        (_at, _demandTicks, _client) = (at, demandTicks, client);
        (Clients, EndTicks) = (clients, endTicks);
    }

    public int Count => _at.Length;

    /// <summary>Clients that there are, asking or not.</summary>
    public int Clients { get; }

    /// <summary>When the last stretch is over.</summary>
    public long EndTicks { get; }

    /// <summary>When each request is made.</summary>
    public ReadOnlySpan<long> At => _at;

    /// <summary>How long a core of speed 1 works for it.</summary>
    public ReadOnlySpan<float> DemandTicks => _demandTicks;

    /// <summary>Which client makes it.</summary>
    public ReadOnlySpan<ushort> Client => _client;

    /// <summary>Makes a trace. Poisson arrivals of all clients together, dealt out by weight, are Poisson arrivals of each.</summary>
    public static Trace Make(TracePlan plan, ulong seed)
    {
        var (arrivals, work, clients) = (new LabRandom(LabRandom.Derive(seed, 1)), new LabRandom(LabRandom.Derive(seed, 2)), new LabRandom(LabRandom.Derive(seed, 3)));
        var capacity = (int)(1.05 * plan.Stretches.Sum(s => s.Duration.TotalSeconds * s.PerSecond)) + 1000;
        var (at, demand, client) = (new List<long>(capacity), new List<float>(capacity), new List<ushort>(capacity));
        var deal = new Dealer(plan.ClientWeights);
        var begin = VirtualClock.StartTicks;
        foreach (var stretch in plan.Stretches)
        {
            var end = begin + stretch.Duration.Ticks;
            var gapTicks = TimeSpan.TicksPerSecond / stretch.PerSecond;
            for (var t = begin + (gapTicks * arrivals.NextExponential()); t < end; t += gapTicks * arrivals.NextExponential())
            {
                at.Add((long)t);
                demand.Add((float)(plan.MeanServiceTicks * Next(work, plan.ServiceTimes)));
                client.Add(deal.Next(clients));
            }

            begin = end;
        }

        return new Trace([.. at], [.. demand], [.. client], plan.ClientWeights.Count, begin);
    }

    private static double Next(LabRandom random, ServiceTimes times) => times == ServiceTimes.LogNormal
        ? Math.Exp(s_mu + (s_sigma * random.NextNormal()))
        : random.NextExponential();

    // Deals clients out by weight; without weights that differ, one random number does.
    private sealed class Dealer(IReadOnlyList<double> weights)
    {
        private readonly bool _isEqual = weights.All(w => w == weights[0]);
        private readonly double[] _upTo = [.. UpTo(weights)];

        public ushort Next(LabRandom random)
        {
            if (_isEqual)
            {
                return (ushort)random.Below(_upTo.Length);
            }

            var found = Array.BinarySearch(_upTo, random.NextPositive() * _upTo[^1]);
            return (ushort)Math.Min(found < 0 ? ~found : found, _upTo.Length - 1);
        }

        private static IEnumerable<double> UpTo(IReadOnlyList<double> weights)
        {
            double sum = 0;
            foreach (var weight in weights)
            {
                yield return sum += weight;
            }
        }
    }
}
