namespace Muster.Bench.LoadLab.Engine;

/// <summary>What a simulation is made of, beside its trace and its policy.</summary>
internal sealed record World
{
    /// <summary>Work of a request at speed 1, on average: what the seconds in the policies are many of.</summary>
    public TimeSpan MeanService { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Speed of each server.</summary>
    public required IReadOnlyList<double> Speeds { get; init; }

    /// <summary>Weight that each server announces; null: all the same.</summary>
    public IReadOnlyList<int>? Weights { get; init; }

    public int Cores { get; init; } = 4;

    /// <summary>To a server and back.</summary>
    public TimeSpan Rtt { get; init; } = TimeSpan.FromMilliseconds(0.5);

    /// <summary>Whether responses carry load reports.</summary>
    public bool RespondsWithReports { get; init; } = true;

    /// <summary>How often the registry shows the load of all; null: never.</summary>
    public TimeSpan? RegistryLoadEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How old every load figure is when it arrives, beyond what the way takes.</summary>
    public TimeSpan ReportAge { get; init; }

    /// <summary>Share of attempts whose answer is held up, whatever they ask for: a pause, a lost packet.</summary>
    public double StragglerShare { get; init; }

    /// <summary>How long those are held up. No core is busy meanwhile.</summary>
    public TimeSpan StragglesBy { get; init; }

    /// <summary>How long a caller waits; null: for ever.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>How long a change of the list takes to reach the clients.</summary>
    public TimeSpan RegistryDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Servers that are not listed at first.</summary>
    public IReadOnlyCollection<int> Absent { get; init; } = [];

    /// <summary>Length of a step of the time series; null: none is kept.</summary>
    public TimeSpan? SeriesStep { get; init; }

    /// <summary>The server whose share the series keeps.</summary>
    public int Watched { get; init; }

    /// <summary>What happens when, counted from the start of the trace.</summary>
    public IReadOnlyList<(TimeSpan At, Action<Simulation> Act)> Script { get; init; } = [];

    public static IReadOnlyList<double> EqualSpeeds(int servers) => [.. Enumerable.Repeat(1.0, servers)];

    /// <summary>Some at another speed, spread evenly over the list.</summary>
    public static IReadOnlyList<double> EveryNth(int servers, int nth, double speed) => EveryNth(servers, nth, speed, others: 1.0);

    /// <summary>Some of another value, spread evenly over the list.</summary>
    public static IReadOnlyList<T> EveryNth<T>(int servers, int nth, T value, T others) =>
        [.. Enumerable.Range(0, servers).Select(i => i % nth == nth - 1 ? value : others)];
}
