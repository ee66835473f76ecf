using System.Globalization;
using Muster.Core;

namespace Muster.Samples.Shared.Hosting;

/// <summary>Makes ids for instances that were given none.</summary>
internal static class InstanceIds
{
    /// <summary>The id of a process's instance of one service. All instances of a process share one session, which tells them
    /// apart by their ids; so a process with several services has an id for each.</summary>
    /// <param name="processId">What the process is called.</param>
    /// <param name="service">The service.</param>
    /// <param name="servicesCount">How many services the process offers.</param>
    public static string Of(string processId, string service, int servicesCount) =>
        servicesCount == 1 ? processId : $"{processId}-{service}";

    /// <summary><c>name-machine-random</c>: readable, and unlike that of another copy on the same machine.</summary>
    public static string Create(string name, string machine, Random random)
    {
        // A machine's name may hold what an id may not, and be longer than one.
        var kept = new string([.. machine.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')]);
        var shortened = kept[..Math.Min(kept.Length, Limits.NameCharsMax)];
        return string.Create(CultureInfo.InvariantCulture, $"{name}-{shortened}-{random.Next(0x100000):x5}");
    }
}
