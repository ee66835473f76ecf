using System.Globalization;

namespace Muster.Simulation;

/// <summary>Which seeds are run.</summary>
internal static class Seeds
{
    private const string SeedVariable = "MUSTER_TEST_SEED";
    private const string TraceVariable = "MUSTER_TEST_TRACE";

    /// <summary>Seeds that once failed, with what they found. A change of the simulation makes another run of a seed: whoever makes
    /// one undoes the fix for a moment, and writes down the seed that finds it then.</summary>
    public static readonly IReadOnlyDictionary<int, string> Regressions = new Dictionary<int, string>
    {
        [5] = "a lease that ran out while an operator changed its instance was never ended",
        [48] = "a stream that its provider had given up took the lease over from the one in use, for good",
        [768] = "a stall right after the start was not noticed",
        [3958] = "a registration that the store made and did not answer was listed for ever",
        [5509] = "a registration whose commit took longer than its TTL, and which the store then did not answer, was listed for ever",
        [5539] = "a provider that changed its stream while the old one was pinged lost its address",
        [10979] = "a ping counted though the registry stood still while it waited, because its time was over just before that was seen",
        [5217] = "an instance with a check left for silence, because its new lease ran out before it was durable",
    };

    public static bool IsFull => Environment.GetEnvironmentVariable("MUSTER_TEST_FULL") == "1";

    /// <summary>The one that the environment names, or so many from 1 on.</summary>
    public static IEnumerable<int> All(int count, int countFull) =>
        int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? [seed]
            : Enumerable.Range(1, IsFull ? countFull : count);

    /// <summary>Writes what happened to the file that the environment names, if it does.</summary>
    public static void WriteTrace(Outcome outcome)
    {
        if (Environment.GetEnvironmentVariable(TraceVariable) is { Length: > 0 } path)
        {
            File.WriteAllText(path, string.Join('\n', outcome.Trace));
        }
    }

    /// <summary>Lets another process run one seed and write its trace.</summary>
    public static void Choose(IDictionary<string, string?> environment, int seed, string tracePath)
    {
        environment[SeedVariable] = seed.ToString(CultureInfo.InvariantCulture);
        environment[TraceVariable] = tracePath;
    }
}
