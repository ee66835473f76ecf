using System.Collections.Immutable;
using System.Net.Security;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client;

/// <summary>Checks <see cref="MusterClientOptions"/> as a whole, before a client is made of them.</summary>
internal static class MusterClientOptionsValidator
{
    private const int ClientsMax = 1_000_000;

    private static readonly TimeSpan s_connectTimeoutMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_callTimeoutMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_slowStartMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_slowStartMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_timeoutMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_cacheAgeMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_cacheAgeMax = TimeSpan.FromDays(30);

    /// <summary>Throws with every violation.</summary>
    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    public static void Validate(MusterClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.ThrowIfAny("client",
        [
            CheckRegistry(options.Registry ?? ""),
            options.ClientName is { Length: 0 or > Limits.ClientNameCharsMax } name
                ? new Violation(
                    nameof(options.ClientName), $"{name.Length} characters", $"1 to {Limits.ClientNameCharsMax} characters are allowed")
                : null,
            options.Zone is { } zone ? InstanceValidator.ValidateName(nameof(options.Zone), zone, Limits.ZoneCharsMax) : null,
            CheckClients(options.ClientIndex, options.ClientCount),
            OptionChecks.Range(nameof(options.ConnectTimeout), options.ConnectTimeout, s_connectTimeoutMin, s_timeoutMax),
            OptionChecks.Range(nameof(options.CallTimeout), options.CallTimeout, s_callTimeoutMin, s_timeoutMax),
            OptionChecks.Range(nameof(options.SlowStart), options.SlowStart, s_slowStartMin, s_slowStartMax),
            .. CheckTls(options.Tls),
            .. EjectionOptionsValidator.Validate(options.Ejection),
            .. CheckPolicies(options.Policies),
            options.CacheDirectory is { } directory && (!Path.IsPathFullyQualified(directory) || directory.Contains('\0'))
                ? new Violation(
                    nameof(options.CacheDirectory), Violation.Quote(directory), "an absolute path is needed, or null to keep nothing on disk")
                : null,
            OptionChecks.Range(nameof(options.CacheAgeMax), options.CacheAgeMax, s_cacheAgeMin, s_cacheAgeMax),
            options.TimeProvider is null ? new Violation(nameof(options.TimeProvider), "null", "a clock is needed") : null,
        ]);
    }

    private static Violation? CheckRegistry(string registry)
    {
        const string Field = nameof(MusterClientOptions.Registry);
        return !HostPort.TryParse(registry, out var address, out var error) ? new Violation(Field, Violation.Quote(registry), error)
            : address.Port is null ? new Violation(Field, Violation.Quote(registry), "a port is needed, written host:port")
            : null;
    }

    private static Violation? CheckClients(int? index, int? count)
    {
        const string Index = nameof(MusterClientOptions.ClientIndex);
        const string Count = nameof(MusterClientOptions.ClientCount);
        return (index, count) switch
        {
            (null, null) => null,
            (null, _) => new Violation(Index, "null", $"{Count} needs it; both or none are given"),
            (_, null) => new Violation(Count, "null", $"{Index} needs it; both or none are given"),
            (_, < 1 or > ClientsMax) => new Violation(Count, $"{count}", $"1 to {ClientsMax} are allowed"),
            _ => index >= 0 && index < count
                ? null
                : new Violation(Index, $"{index}", $"0 to {count - 1} are allowed, which is one less than {Count}"),
        };
    }

    private static IEnumerable<Violation?> CheckTls(SslClientAuthenticationOptions? tls)
    {
        const string Field = nameof(MusterClientOptions.Tls);
        return
        [
            tls?.TargetHost is { Length: > 0 } host
                ? new Violation(
                    $"{Field}.{nameof(tls.TargetHost)}", Violation.Quote(host),
                    "null is needed: certificates name the service that is called")
                : null,
            tls?.ApplicationProtocols is { } protocols
                ? new Violation(
                    $"{Field}.{nameof(tls.ApplicationProtocols)}", $"{protocols.Count} protocols",
                    "null is needed: they go by the HTTP version of the call")
                : null,
        ];
    }

    private static IEnumerable<Violation?> CheckPolicies(ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>>? policies)
    {
        const string Field = nameof(MusterClientOptions.Policies);
        return policies is null
            ? [new Violation(Field, "null", "policies are needed; an empty dictionary means none")]
            : policies.Keys.Where(PolicyNames.All.Contains).Order(StringComparer.Ordinal)
                .Select(n => new Violation(Field, Violation.Quote(n), "the name belongs to a policy of the product"));
    }
}
