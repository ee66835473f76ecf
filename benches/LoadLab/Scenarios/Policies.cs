using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>The policies that are put to the test.</summary>
internal static class Policies
{
    /// <summary>The one that the aims are for.</summary>
    public const string Default = PolicyNames.Adaptive;

    /// <summary>Policies that look at what servers report, and what each does where nothing is reported.</summary>
    public static IReadOnlyDictionary<string, string> LoadDriven { get; } = new Dictionary<string, string>
    {
        [PolicyNames.Adaptive] = PolicyNames.LeastRequest,
        [PolicyNames.LeastCpu] = PolicyNames.LeastRequest,
        [PolicyNames.WeightedRoundRobin] = PolicyNames.RoundRobin,
        [PolicyNames.Prequal] = PolicyNames.LeastRequest,
    };

    /// <summary>Of some policies those that spread load: one that sends all calls of a client to one server until that fails is no match
    /// for a load that needs them all.</summary>
    public static IEnumerable<string> Spreading(IEnumerable<string> policies) => policies.Where(p => p != PolicyNames.PickFirst);

    /// <summary>Two choices that know the truth; not one of the product.</summary>
    public const string Oracle = "oracle";

    /// <summary>Those that a quick run looks at.</summary>
    public static IReadOnlyList<string> Main { get; } =
    [
        PolicyNames.Adaptive, PolicyNames.RoundRobin, PolicyNames.WeightedRoundRobin, PolicyNames.LeastRequest, PolicyNames.LeastCpu,
        PolicyNames.PeakEwma, PolicyNames.Prequal,
    ];

    /// <summary>Every policy of the product.</summary>
    public static IReadOnlyList<string> All { get; } = [.. PolicyNames.All];
}
