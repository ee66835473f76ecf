using System.Globalization;
using Muster.Core.Model;

namespace Muster.AspNetCore;

/// <summary>Holds options to their bounds.</summary>
internal static class OptionBounds
{
    public static Violation? Check(string field, TimeSpan value, TimeSpan min, TimeSpan max) =>
        value >= min && value <= max ? null : new Violation(field, Text(value), $"{Text(min)} to {Text(max)} are allowed");

    public static Violation? Check(string field, int value, int min, int max) => value >= min && value <= max
        ? null
        : new Violation(
            field, value.ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{min} to {max} are allowed"));

    /// <summary>Throws with every violation, not only the first: whoever mends one should not meet the next.</summary>
    /// <exception cref="ArgumentException">There are violations; the message names each.</exception>
    public static void ThrowIfAny(string what, params ReadOnlySpan<Violation?> violations)
    {
        var found = string.Join(' ', violations.ToArray().Where(v => v is not null));
        if (found.Length > 0)
        {
            throw new ArgumentException($"Bad {what} options: {found}");
        }
    }

    private static string Text(TimeSpan value) =>
        string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.###} ms");
}
