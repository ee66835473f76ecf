using System.Globalization;
using Muster.Core.Model;

namespace Muster.Client;

/// <summary>What the checks of all options have in common.</summary>
internal static class OptionChecks
{
    /// <summary>Holds a number to its bounds; null passes.</summary>
    // Written so that NaN, which compares false with everything, fails.
    public static Violation? Range(string field, double? value, double min, double max) => value is not { } v || (v >= min && v <= max)
        ? null
        : new Violation(field, Text(v), $"{Text(min)} to {Text(max)} are allowed");

    /// <summary>Holds a time to its bounds; null passes.</summary>
    public static Violation? Range(string field, TimeSpan? value, TimeSpan min, TimeSpan max) => value is not { } v || (v >= min && v <= max)
        ? null
        : new Violation(field, Text(v), $"{Text(min)} to {Text(max)} are allowed");

    /// <summary>Throws with every violation, not only the first: whoever mends one should not meet the next.</summary>
    /// <param name="what">Whose options they are, for the message.</param>
    /// <param name="violations">What was found; null is nothing.</param>
    /// <param name="options">The name of the caller's parameter.</param>
    /// <exception cref="ArgumentException">There is one.</exception>
    public static void ThrowIfAny(string what, IEnumerable<Violation?> violations, string options = "options")
    {
        var found = string.Join(' ', violations.Where(v => v is not null));
        if (found.Length > 0)
        {
            throw new ArgumentException($"Bad {what} options: {found}", options);
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan value) => value.TotalDays > 1 ? $"{Text(Math.Round(value.TotalDays, 4))} days"
        : value.TotalMinutes > 1 ? $"{Text(Math.Round(value.TotalMinutes, 4))} minutes"
        : $"{Text(Math.Round(value.TotalMilliseconds, 4))} ms";
}
