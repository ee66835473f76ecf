using System.CommandLine;
using System.Globalization;
using Muster.Client;
using Muster.Core.Model;
using Muster.Samples.Shared.Calls;
using Muster.Samples.Shared.Settings;

namespace Muster.Samples.Shell;

/// <summary>What every caller can be told.</summary>
internal sealed class ClientSettings
{
    private const int CallersMax = 100_000;
    private static readonly TimeSpan TimeoutMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromMinutes(10);

    /// <summary>Where the registry is.</summary>
    public Setting<HostPort> Registry { get; } = CommonSettings.Registry();

    /// <summary>How long one call may take.</summary>
    public Setting<TimeSpan> Timeout { get; } = new(
        "--timeout", null, "How long one call may take", SettingParsers.Seconds(TimeoutMin, TimeoutMax),
        () => SampleClient.CallTimeoutDefault,
        string.Create(CultureInfo.InvariantCulture, $"{SampleClient.CallTimeoutDefault.TotalSeconds}"), "seconds");

    /// <summary>The failure domain that the caller is in.</summary>
    public Setting<string?> Zone { get; } = CommonSettings.Zone();

    /// <summary>Which of how many callers this is.</summary>
    public Setting<(int Index, int Count)?> Caller { get; } = new(
        "--caller", null, "Which of how many alike callers this is, counted from 0: with --subset, all instances then have as many callers",
        ParseCaller, () => null, "unknown", "i/n");

    /// <summary>How calls choose instances, beyond the policy.</summary>
    public BalancingSettings Balancing { get; } = new();

    /// <summary>How to choose among the instances.</summary>
    public Setting<string?> Policy { get; } = new(
        "--policy", null, $"How to choose among the instances: {string.Join(", ", SamplePolicies.All)}", BalancingSettings.ParsePolicy, () => null,
        "increment least_cpu, echo weighted_random, others random", "name");

    /// <summary>How often to call.</summary>
    public Setting<int> Count { get; } = new(
        "--count", null, "How often to call", SettingParsers.WholeNumber(1, 1_000_000), () => 1, "1", "n");

    /// <summary>Connects.</summary>
    public MusterClient Connect(SettingReader reader, TimeProvider timeProvider) => new(new MusterClientOptions
    {
        Registry = reader.Get(Registry).ToString(),
        ClientName = string.Create(CultureInfo.InvariantCulture, $"shell/{Environment.ProcessId}"),
        Zone = reader.Get(Zone),
        ClientIndex = reader.Get(Caller)?.Index,
        ClientCount = reader.Get(Caller)?.Count,
        TimeProvider = timeProvider,
    });

    /// <summary>Adds what both the menu and <c>call</c> can be told.</summary>
    public void AddTo(Command command)
    {
        command.Add(Registry, Timeout, Zone, Caller);
        Balancing.AddTo(command);
    }

    private static string? ParseCaller(string text, out (int Index, int Count)? value)
    {
        var parts = text.Split('/');
        var isCaller = SettingParsers.WholeNumber(1, CallersMax)(parts[^1], out var count) is null
            && SettingParsers.WholeNumber(0, count - 1)(parts[0], out var index) is null && parts.Length == 2
            ? (index, count)
            : default((int, int)?);
        value = isCaller;
        return isCaller is null ? $"two whole numbers are needed, the first from 0 and below the second, at most {CallersMax}, as in 2/10" : null;
    }
}
