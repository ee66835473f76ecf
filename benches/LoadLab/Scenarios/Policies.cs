using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>The policies that are put to the test.</summary>
internal static class Policies
{
    /// <summary>The one that the aims are for.</summary>
    public const string Default = PolicyNames.LeastRequest;

    /// <summary>Policies that look at what servers report, and what each does where nothing is reported.</summary>
    public static IReadOnlyDictionary<string, string> LoadDriven { get; } = new Dictionary<string, string>
    {
        [PolicyNames.LeastCpu] = PolicyNames.LeastRequest,
    };

    /// <summary>Two choices that know the truth; not one of the product.</summary>
    public const string Oracle = "oracle";

    /// <summary>Every policy of the product.</summary>
    public static IReadOnlyList<string> All { get; } = [.. PolicyNames.All];
}
