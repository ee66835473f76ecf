using System.Collections.Immutable;
using System.Globalization;
using Muster.Core.Model;

namespace Muster.Samples.Shared.Settings;

/// <summary>The kinds of values that settings have.</summary>
internal static class SettingParsers
{
    /// <summary>A whole number within bounds, both inclusive.</summary>
    public static SettingParser<int> WholeNumber(int min, int max) => (text, out value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= min && value <= max
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max} is needed");

    /// <summary>A whole number of 64 bits.</summary>
    public static string? Integer(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"a whole number from {long.MinValue} to {long.MaxValue} is needed");

    /// <summary>A number, written as programs write it: 0.5, -2, 1e3.</summary>
    public static string? Number(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) ? null : "a number is needed, as in 0.5";

    /// <summary>A number of seconds within bounds, both inclusive; fractions are allowed.</summary>
    public static SettingParser<TimeSpan> Seconds(TimeSpan min, TimeSpan max) => (text, out value) =>
    {
        value = default;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= min.TotalSeconds && seconds <= max.TotalSeconds)
        {
            value = TimeSpan.FromSeconds(seconds);
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture, $"a number of seconds from {min.TotalSeconds} to {max.TotalSeconds} is needed");
    };

    /// <summary>One of a few words.</summary>
    public static SettingParser<string> OneOf(params string[] words) => (text, out value) =>
    {
        value = text;
        return words.Contains(text, StringComparer.Ordinal) ? null : $"one of {string.Join(", ", words)} is needed";
    };

    /// <summary><c>host:port</c>.</summary>
    public static string? HostWithPort(string text, out HostPort value)
    {
        if (!HostPort.TryParse(text, out value, out var error))
        {
            return error;
        }

        return value.Port is null ? "a port is needed, as in localhost:5000" : null;
    }

    /// <summary><c>host</c> or <c>host:port</c>, or nothing given.</summary>
    public static string? HostAndPerhapsPort(string text, out string? value)
    {
        value = text;
        return HostPort.TryParse(text, out _, out var error) ? null : error;
    }

    /// <summary>An instance id.</summary>
    public static string? InstanceId(string text, out string? value)
    {
        value = text;
        return InstanceValidator.ValidateId("id", text)?.Bound;
    }

    /// <summary><c>version=2,canary=true</c>. Whether keys and values are allowed is for the registration to say.</summary>
    public static string? Metadata(string text, out ImmutableSortedDictionary<string, string> value)
    {
        var pairs = text.Split(',').Select(pair => pair.Split('=', 2)).ToList();
        var isMetadata = pairs.All(pair => pair is [{ Length: > 0 }, _]) && pairs.DistinctBy(pair => pair[0], StringComparer.Ordinal).Count() == pairs.Count;
        value = isMetadata
            ? pairs.ToImmutableSortedDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, string>.Empty;
        return isMetadata ? null : "keys with values are needed, each key once, as in version=2,canary=true";
    }

    /// <summary>Any text that is not empty.</summary>
    public static string? Text(string text, out string? value)
    {
        value = text;
        return text.Length > 0 ? null : "a value is needed";
    }
}
