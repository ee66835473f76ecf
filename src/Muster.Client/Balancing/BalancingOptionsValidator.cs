using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>Checks <see cref="BalancingOptions"/> as a whole, before the first call needs them.</summary>
internal static class BalancingOptionsValidator
{
    public static readonly TimeSpan ConnectTimeoutMin = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan ConnectTimeoutMax = TimeSpan.FromMinutes(1);
    public const int AffinityHeaderCharsMax = 128;
    public static readonly TimeSpan OutOfBandReportsMin = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan OutOfBandReportsMax = TimeSpan.FromHours(1);
    public static readonly TimeSpan DiscoveryTimeoutMax = TimeSpan.FromMinutes(1);
    public const int InstancesMax = 100_000;

    /// <summary>Throws with every violation.</summary>
    /// <param name="options">The options.</param>
    /// <param name="ownPolicies">Names of the application's own policies.</param>
    /// <returns>The selector that the options name.</returns>
    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    public static MetadataSelector Validate(BalancingOptions options, IEnumerable<string> ownPolicies)
    {
        ArgumentNullException.ThrowIfNull(options);
        var badSelector = MetadataSelector.TryParse(options.Selector, out var selector);
        OptionChecks.ThrowIfAny("balancing",
        [
            CheckPolicy(nameof(options.Policy), options.Policy, ownPolicies),
            options.ShadowPolicy is { } shadow ? CheckPolicy(nameof(options.ShadowPolicy), shadow, ownPolicies) : null,
            InstanceValidator.ValidateName(nameof(options.Namespace), options.Namespace),
            badSelector is null ? null : badSelector with { Field = nameof(options.Selector) },
            options.EndpointName is { } name ? InstanceValidator.ValidateName(nameof(options.EndpointName), name) : null,
            OptionChecks.Range(nameof(options.ConnectTimeout), options.ConnectTimeout, ConnectTimeoutMin, ConnectTimeoutMax),
            OptionChecks.Range(nameof(options.DiscoveryTimeout), options.DiscoveryTimeout, TimeSpan.Zero, DiscoveryTimeoutMax),
            CheckHeader(nameof(options.AffinityHeader), options.AffinityHeader),
            OptionChecks.Range(nameof(options.OutOfBandReports), options.OutOfBandReports, OutOfBandReportsMin, OutOfBandReportsMax),
            OptionChecks.Range(
                nameof(options.AttemptTimeout), options.AttemptTimeout, ResilienceValidator.AttemptTimeoutMin, ResilienceValidator.AttemptTimeoutMax),
            .. ResilienceValidator.Validate(options.Retry),
            .. ResilienceValidator.Validate(options.Hedging),
            OptionChecks.Range(nameof(options.SubsetSize), options.SubsetSize, 1, InstancesMax),
            .. Check(options.Split),
            .. Check(options.ZonePreference),
        ]);
        return selector;
    }

    private static Violation? CheckPolicy(string field, string name, IEnumerable<string> ownPolicies)
    {
        var names = BuiltInPolicies.Names.Concat(ownPolicies).ToList();
        return names.Contains(name)
            ? null
            : new Violation(
                field, Violation.Quote(name ?? "null"), $"allowed are {string.Join(", ", names)}");
    }

    // A token of RFC 9110, as a header's name has to be.
    private static Violation? CheckHeader(string field, string? name) =>
        name is null || (name.Length is > 0 and <= AffinityHeaderCharsMax
            && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
            ? null
            : new Violation(field, Violation.Quote(name), $"a header's name of 1 to {AffinityHeaderCharsMax} characters is needed");

    private static IEnumerable<Violation?> Check(TrafficSplit? split)
    {
        const string Field = $"{nameof(BalancingOptions.Split)}.{nameof(TrafficSplit.Selector)}";
        if (split is null)
        {
            return [];
        }

        var bad = MetadataSelector.TryParse(split.Selector, out var selector);
        return
        [
            bad is not null ? bad with { Field = Field }
                : selector.IsAll ? new Violation(Field, "empty", "the instances that get the share are needed, written key=value") : null,
            OptionChecks.Range($"{nameof(BalancingOptions.Split)}.{nameof(split.Percent)}", split.Percent, 0, 100),
        ];
    }

    private static IEnumerable<Violation?> Check(ZonePreference? zone)
    {
        const string Field = nameof(BalancingOptions.ZonePreference);
        return zone is null
            ? []
            :
            [
                OptionChecks.Range($"{Field}.{nameof(zone.Headroom)}", zone.Headroom, 0, 1),
                OptionChecks.Range($"{Field}.{nameof(zone.ProbeShare)}", zone.ProbeShare, 0.001, 0.5),
                OptionChecks.Range($"{Field}.{nameof(zone.OverProvisioning)}", zone.OverProvisioning, 1, 10),
                OptionChecks.Range($"{Field}.{nameof(zone.InstancesMin)}", zone.InstancesMin, 1, InstancesMax),
            ];
    }
}
