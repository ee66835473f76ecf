namespace Muster.Samples.Shared.Settings;

/// <summary>Reads a value.</summary>
/// <returns>Null if the text is a value, else what is allowed.</returns>
internal delegate string? SettingParser<T>(string text, out T value);

/// <summary>A setting with the type of its value.</summary>
internal sealed class Setting<T> : Setting
{
    private readonly SettingParser<T> _parser;
    private readonly Func<T> _default;

    /// <summary>Declares a setting.</summary>
    /// <param name="flag">With its dashes.</param>
    /// <param name="variable">The environment variable; null if there is none.</param>
    /// <param name="description">For <c>--help</c>.</param>
    /// <param name="parser">Reads and checks a value.</param>
    /// <param name="defaultValue">Asked when neither flag nor variable is given.</param>
    /// <param name="defaultText">The default, for <c>--help</c>.</param>
    /// <param name="valueName">What stands for the value in <c>--help</c>.</param>
    public Setting(
        string flag, string? variable, string description, SettingParser<T> parser, Func<T> defaultValue, string defaultText,
        string valueName)
        : base(flag, variable, description, defaultText)
    {
        _parser = parser;
        _default = defaultValue;
        Option.HelpName = valueName;
    }

    /// <summary>The value.</summary>
    /// <param name="flagText">What the flag gave; null if it was not given.</param>
    /// <param name="variableText">What the environment gave. Null and empty mean that it gave nothing, because compose files
    /// and shells pass a variable that is not set as an empty one.</param>
    /// <exception cref="SettingException">The value is not allowed.</exception>
    public T Read(string? flagText, string? variableText)
    {
        if (flagText is not null)
        {
            return Parse(Flag, flagText);
        }

        return string.IsNullOrEmpty(variableText) ? _default() : Parse(Variable!, variableText);
    }

    private T Parse(string source, string text)
    {
        var bound = _parser(text, out var value);
        return bound is null ? value : throw new SettingException($"{source} is '{text}': {bound}.");
    }
}
