using System.Globalization;
using Muster.Core;
using Muster.Core.Checks;
using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <summary>Says in a sentence what shows that an instance had to leave. Kept with the removal, so it must be understood later by
/// who was not there.</summary>
internal static class Evidence
{
    /// <summary>A lease ran out.</summary>
    public static string OfExpiry(LeaseSigns signs) => Describe(signs);

    /// <summary>Its owner took it back.</summary>
    public static string OfDeregistration(InstanceRecord instance, LeaseSigns? signs) =>
        $"its owner took it back{(instance.OwnerIntent == Intent.Draining ? " after it had announced that it drains" : "")}; {Describe(instance, signs)}";

    /// <summary>Its address or id was registered anew.</summary>
    public static string OfSupersession(InstanceRecord holder, InstanceRecord by, bool isDeaf, LeaseSigns? signs)
    {
        var what = holder.Key == by.Key ? $"it was registered again at {by.Address}" : $"'{by.Key.Id}' registered {by.Address}";
        var why = holder.Lease == by.Lease ? " under the same lease"
            : isDeaf ? $", and this one did not answer a ping within {Seconds(Limits.PingPatience)}"
            : holder.Check is null ? ", and this one gave no sign of life"
            : by.Check is null ? ", and the check of this one failed" : "";
        return $"{what}{why}; {Describe(holder, signs)}";
    }

    /// <summary>Its check failed for as long as it allows.</summary>
    public static string OfFailedCheck(CheckTarget target, CheckSigns signs) => string.Create(CultureInfo.InvariantCulture,
        $"its {Kind(target.Check)} check failed {signs.Failures} times in a row, for {Seconds(signs.FailingFor)}, the last time with: {signs.Last?.Detail}");

    /// <summary>An operator removed it.</summary>
    public static string OfRemoval(string by, string reason, InstanceRecord instance, LeaseSigns? signs) =>
        $"{by} removed it, {(reason.Length == 0 ? "without a reason" : $"because: {reason}")}; {Describe(instance, signs)}";

    private static string Describe(InstanceRecord instance, LeaseSigns? signs) =>
        instance.Check is { } check ? $"no heartbeats were expected of it, it had a {Describe(check)}" : Describe(signs);

    private static string Describe(ActiveCheck check) => $"{Kind(check)} check every {Seconds(check.Interval)}";

    private static string Kind(ActiveCheck check) => check.Kind.ToString().ToUpperInvariant();

    private static string Describe(LeaseSigns? signs)
    {
        if (signs is null)
        {
            return "its lease did not run any more";
        }

        var stream = signs switch
        {
            { HasStream: true } => "its session stream was open",
            { SinceStreamLost: { } lost } => $"its session stream was lost {Seconds(lost)} ago",
            _ => "no session stream was lost",
        };
        var renewal = signs.IsHeard
            ? $"last renewal {Seconds(signs.SinceRenewal)} ago"
            : $"nothing was heard of it in the {Seconds(signs.SinceRenewal)} since this registry node started";
        var client = signs.Client.Length == 0 ? "" : $", provider '{signs.Client}'";
        return $"{renewal}, TTL {signs.Ttl.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s, {stream}{client}";
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
}
