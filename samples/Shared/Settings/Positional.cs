using System.CommandLine;

namespace Muster.Samples.Shared.Settings;

/// <summary>Positional arguments whose bad values are reported in the same words as those of flags.</summary>
internal static class Positional
{
    /// <summary>Declares an argument.</summary>
    /// <param name="name">Its name in <c>--help</c> and in messages.</param>
    /// <param name="description">For <c>--help</c>.</param>
    /// <param name="parser">Reads and checks a value.</param>
    public static Argument<T> Of<T>(string name, string description, SettingParser<T> parser) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (parser(text, out var value) is { } bound)
            {
                result.AddError($"{name} is '{text}': {bound}.");
            }

            return value;
        },
    };
}
