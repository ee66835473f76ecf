using System.CommandLine;

namespace Muster.Samples.Shared.Settings;

/// <summary>Reads settings from one command line and one environment.</summary>
internal sealed class SettingReader(ParseResult commandLine, Func<string, string?> environment)
{
    /// <summary>Flag, else variable, else default.</summary>
    /// <exception cref="SettingException">The value is not allowed.</exception>
    public T Get<T>(Setting<T> setting) => setting.Read(
        commandLine.GetValue(setting.Option), setting.Variable is { } variable ? environment(variable) : null);

    /// <summary>Whether a switch was given.</summary>
    public bool Has(Option<bool> option) => commandLine.GetValue(option);

    /// <summary>A positional argument.</summary>
    public T? Get<T>(Argument<T> argument) => commandLine.GetValue(argument);
}
