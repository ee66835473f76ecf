using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>What the real run restarts, simulated: so few servers that most of them are newcomers before the last one restarts.</summary>
/// <remarks>One rollout is few requests, so it is repeated, each time with a trace and clients of its own.</remarks>
internal sealed class SmallRestartScenario : RestartScenario
{
    private const string WorstTurn = "p99 of the worst turn ÷ steady";

    private const int Servers = 10;
    private const int Clients = 4;
    private const double Load = 0.6;

    private static readonly TimeSpan s_steady = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_each = TimeSpan.FromSeconds(4);

    // Real ones are listed anew 0.16 to 0.18 s after they are asked to drain, of which their last answers take half.
    private static readonly RollingRestart s_restart = new(announced: TimeSpan.FromMilliseconds(30), down: TimeSpan.FromMilliseconds(50));

    public override string Name => "rolling-restart-small";

    public override string Title => "4 clients, 10 servers, load 0.6; each drains and comes back new at once, one every 4 s";

    public override IReadOnlyList<Chart> Charts { get; } =
    [
        new("p99", "p99 of all requests, ten servers restarted one after the other", "seconds since the first restart", "p99, ms",
            IsLogarithmic: true, Shade: (0, (Servers * s_each).TotalSeconds)),
    ];

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var begin = scale.WarmUp + s_steady;
        var end = begin + (s_each * Servers);
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            // As in the real run.
            MeanService = TimeSpan.FromMilliseconds(50),
            SeriesStep = Step,
            Script = s_restart.Script(Servers, begin, s_each),
        };
        var rollouts = Math.Max(1, (int)(scale.Requests / (RateFor(world, Load) * (end - scale.WarmUp).TotalSeconds)));
        var traces = Enumerable.Range(0, rollouts).Select(i => LabRandom.Derive(seed, 500 + (ulong)i))
            .Select(s => (Seed: s, Trace: SteadyTrace(world, Clients, Load, end, s))).ToList();
        var findings = new Findings();
        foreach (var policy in Policies.Spreading(policies))
        {
            List<SeriesPoint> sum = [];
            var (errors, requests) = (0L, 0L);
            foreach (var (rolloutSeed, trace) in traces)
            {
                var figures = PolicyRun.Of(policy, world, trace, scale.WarmUp, rolloutSeed);
                Add(sum, figures.Series);
                errors += figures.Errors;
                requests += figures.Requests;
            }

            var series = new Series(sum, Step);
            var usual = Compare(findings, policy, series, s_steady, begin, end);
            findings.Add(WorstTurn, policy, Enumerable.Range(0, Servers)
                .Max(i => series.Latencies(begin + (s_each * i), begin + (s_each * (i + 1))).PercentileTicks(0.99)) / usual);
            findings.Add(FigureNames.Errors, policy, (double)errors / requests);
            findings.AddCurve("p99", policy, series.Points(begin, p => p.Latencies.PercentileTicks(0.99) / TimeSpan.TicksPerMillisecond));
        }

        return findings;
    }

    // Points are large: of many rollouts only the sum is kept.
    private static void Add(List<SeriesPoint> sum, List<SeriesPoint> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (i == sum.Count)
            {
                sum.Add(new SeriesPoint());
            }

            sum[i].Latencies.Add(points[i].Latencies);
            sum[i].Attempts += points[i].Attempts;
            sum[i].Errors += points[i].Errors;
        }
    }
}
