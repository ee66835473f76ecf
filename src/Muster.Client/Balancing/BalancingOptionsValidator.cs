using System.Globalization;
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

    /// <summary>Throws with every violation, not only the first: whoever mends one should not meet the next.</summary>
    /// <param name="options">The options.</param>
    /// <param name="ownPolicies">Names of the application's own policies.</param>
    /// <returns>The selector that the options name.</returns>
    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    public static MetadataSelector Validate(BalancingOptions options, IEnumerable<string> ownPolicies)
    {
        ArgumentNullException.ThrowIfNull(options);
        var badSelector = MetadataSelector.TryParse(options.Selector, out var selector);
        Violation?[] violations =
        [
            CheckPolicy(nameof(options.Policy), options.Policy, ownPolicies),
            options.ShadowPolicy is { } shadow ? CheckPolicy(nameof(options.ShadowPolicy), shadow, ownPolicies) : null,
            InstanceValidator.ValidateName(nameof(options.Namespace), options.Namespace),
            badSelector is null ? null : badSelector with { Field = nameof(options.Selector) },
            options.EndpointName is { } name ? InstanceValidator.ValidateName(nameof(options.EndpointName), name) : null,
            CheckRange(nameof(options.ConnectTimeout), options.ConnectTimeout, ConnectTimeoutMin, ConnectTimeoutMax),
            CheckRange(nameof(options.DiscoveryTimeout), options.DiscoveryTimeout, TimeSpan.Zero, DiscoveryTimeoutMax),
            CheckHeader(nameof(options.AffinityHeader), options.AffinityHeader),
            options.OutOfBandReports is { } interval
                ? CheckRange(nameof(options.OutOfBandReports), interval, OutOfBandReportsMin, OutOfBandReportsMax)
                : null,
            options.AttemptTimeout is { } limit
                ? CheckRange(
                    nameof(options.AttemptTimeout), limit, ResilienceValidator.AttemptTimeoutMin, ResilienceValidator.AttemptTimeoutMax)
                : null,
            .. ResilienceValidator.Validate(options.Retry),
            .. ResilienceValidator.Validate(options.Hedging),
            options.SubsetSize is { } size ? CheckRange(nameof(options.SubsetSize), size, 1, InstancesMax) : null,
            .. Check(options.Split),
            .. Check(options.ZonePreference),
        ];

        var found = string.Join(' ', violations.Where(v => v is not null));
        return found.Length == 0 ? selector : throw new ArgumentException($"Bad balancing options: {found}", nameof(options));
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
            CheckRange($"{nameof(BalancingOptions.Split)}.{nameof(split.Percent)}", split.Percent, 0, 100),
        ];
    }

    private static IEnumerable<Violation?> Check(ZonePreference? zone)
    {
        const string Field = nameof(BalancingOptions.ZonePreference);
        return zone is null
            ? []
            :
            [
                CheckRange($"{Field}.{nameof(zone.Headroom)}", zone.Headroom, 0, 1),
                CheckRange($"{Field}.{nameof(zone.ProbeShare)}", zone.ProbeShare, 0.001, 0.5),
                CheckRange($"{Field}.{nameof(zone.OverProvisioning)}", zone.OverProvisioning, 1, 10),
                CheckRange($"{Field}.{nameof(zone.InstancesMin)}", zone.InstancesMin, 1, InstancesMax),
            ];
    }

    // Written so that NaN, which compares false with everything, fails.
    private static Violation? CheckRange(string field, double value, double min, double max) => value >= min && value <= max
        ? null
        : new Violation(field, Text(value), $"{Text(min)} to {Text(max)} are allowed");

    private static Violation? CheckRange(string field, TimeSpan value, TimeSpan min, TimeSpan max) => value >= min && value <= max
        ? null
        : new Violation(field, Text(value), $"{Text(min)} to {Text(max)} are allowed");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan value) => string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.###} ms");
}
