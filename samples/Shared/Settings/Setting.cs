using System.CommandLine;

namespace Muster.Samples.Shared.Settings;

/// <summary>One thing that a flag or an environment variable sets: the flag wins, then the variable, then the default.</summary>
internal abstract class Setting
{
    private protected Setting(string flag, string? variable, string description, string defaultText)
    {
        Flag = flag;
        Variable = variable;
        var origin = variable is null ? "" : $"environment {variable}; ";
        Option = new Option<string?>(flag) { Description = $"{description} ({origin}default: {defaultText})" };
    }

    /// <summary>The flag, with its dashes.</summary>
    public string Flag { get; }

    /// <summary>The environment variable; null if there is none.</summary>
    public string? Variable { get; }

    /// <summary>What the command line parser knows. Raw text, so that a bad value is reported in the same words wherever it
    /// came from.</summary>
    public Option<string?> Option { get; }
}
