using System.Globalization;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <summary>Says in a sentence why a lease ended.</summary>
internal static class ExpiryEvidence
{
    public static string Describe(LeaseOutput.Expired expired, TimeSpan ttl)
    {
        var stream = expired.SinceStreamLost is { } lost
            ? string.Create(CultureInfo.InvariantCulture, $"its session stream was lost {lost.TotalSeconds:0.0} s ago")
            : "no session stream was lost";
        return string.Create(CultureInfo.InvariantCulture,
            $"last renewal {expired.SinceRenewal.TotalSeconds:0.0} s ago, TTL {ttl.TotalSeconds:0.###} s, {stream}");
    }
}
