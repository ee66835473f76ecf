using System.CommandLine;
using System.Globalization;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core;
using Muster.Core.Model;
using Muster.Samples.Shared.Calls;
using Muster.Samples.Shared.Settings;

namespace Muster.Samples.Shell;

/// <summary>How calls choose instances, beyond the policy.</summary>
internal sealed class BalancingSettings
{
    // More are not needed to show anything, and the handler allows no more.
    private const int SubsetMax = 100_000;

    private readonly Setting<string?> _selector = new(
        "--selector", null, "Only instances whose metadata match", ParseSelector, () => null, "all", "key=value,...");

    private readonly Setting<TrafficSplit?> _split = new(
        "--split", null, "A share of the calls for instances whose metadata match, the others for the rest", ParseSplit, () => null, "none",
        "key=value:percent");

    private readonly Setting<int?> _subset = new(
        "--subset", null, "Keep to so many of the instances", OrNull(SettingParsers.WholeNumber(1, SubsetMax)), () => null, "all", "n");

    private readonly Setting<TimeSpan?> _attemptTimeout = new(
        "--attempt-timeout", null, "How long one attempt may take before the call goes on elsewhere",
        OrNull(SettingParsers.Seconds(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10))), () => null, "as long as the call", "seconds");

    private readonly Setting<string?> _affinity = new(
        "--affinity", null, "What the calls belong to, for ring_hash and rendezvous", SettingParsers.Text, () => null, "nothing", "key");

    private readonly Setting<string?> _shadow = new(
        "--shadow", null, "A second policy that is asked and not followed; --verbose says how often both agree", ParsePolicy, () => null, "none",
        "name");

    private readonly Setting<TimeSpan?> _outOfBand = new(
        "--out-of-band", null, "How often instances that were called report their load, calls or not",
        OrNull(SettingParsers.Seconds(Limits.OutOfBandIntervalMin, Limits.OutOfBandIntervalMax)), () => null,
        "with responses and probes alone", "seconds");

    private readonly Option<bool> _hedge = new("--hedge")
    {
        Description = "Send calls that take longer than 95 % do to a second instance as well, and take the first answer",
    };

    private readonly Option<bool> _noRetries = new("--no-retries")
    {
        Description = "Let a call fail with its first attempt, unless that never reached the service",
    };

    /// <summary>Adds the flags.</summary>
    public void AddTo(Command command)
    {
        command.Add(_selector, _split, _subset, _affinity, _shadow, _attemptTimeout, _outOfBand);
        command.Options.Add(_hedge);
        command.Options.Add(_noRetries);
    }

    /// <summary>Makes a client that calls so.</summary>
    /// <param name="muster">Finds the services.</param>
    /// <param name="timeout">The deadline of each call.</param>
    /// <param name="reader">What was said.</param>
    /// <param name="observer">Hears of each attempt.</param>
    public SampleClient CreateClient(Client.MusterClient muster, TimeSpan timeout, SettingReader reader, ICallObserver? observer) => new(
        muster, timeout,
        new BalancingOptions
        {
            Selector = reader.Get(_selector),
            Split = reader.Get(_split),
            SubsetSize = reader.Get(_subset),
            ShadowPolicy = reader.Get(_shadow),
            OutOfBandReports = reader.Get(_outOfBand),
            AttemptTimeout = reader.Get(_attemptTimeout),
            Retry = reader.Has(_noRetries) ? null : new RetryOptions(),
            Hedging = reader.Has(_hedge) ? new HedgingOptions() : null,
            Observer = observer,
        },
        reader.Get(_affinity));

    /// <summary>Reads a policy's name.</summary>
    public static string? ParsePolicy(string text, out string? value)
    {
        var bound = SettingParsers.OneOf([.. SamplePolicies.All])(text, out var policy);
        value = policy;
        return bound;
    }

    private static string? ParseSelector(string text, out string? value)
    {
        value = text;
        return MetadataSelector.TryParse(text, out _)?.Bound;
    }

    private static string? ParseSplit(string text, out TrafficSplit? value)
    {
        var colon = text.LastIndexOf(':');
        var isSplit = double.TryParse(
                text.AsSpan(colon + 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && colon > 0 && percent is >= 0 and <= 100 && MetadataSelector.TryParse(text[..colon], out _) is null;
        value = isSplit ? new TrafficSplit(text[..colon], percent) : null;
        return isSplit ? null : "a selector and a percentage from 0 to 100 are needed, as in canary=true:5";
    }

    // Nothing was said is a value of its own.
    private static SettingParser<T?> OrNull<T>(SettingParser<T> parse)
        where T : struct => (string text, out T? value) =>
        {
            var bound = parse(text, out var given);
            value = given;
            return bound;
        };
}
