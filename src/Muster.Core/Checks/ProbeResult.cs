namespace Muster.Core.Checks;

/// <summary>How one probe ended.</summary>
/// <param name="IsSuccess">Whether it found what the check wants.</param>
/// <param name="Detail">What it found, in a few words; shortened to <see cref="Limits.CheckDetailCharsMax"/>.</param>
public sealed record ProbeResult(bool IsSuccess, string Detail)
{
    /// <summary>What it found, in a few words, without control characters.</summary>
    public string Detail { get; } = Clean(Detail);

    // It comes from a stranger, and goes to terminals.
    private static string Clean(string text)
    {
        var shortened = text.Length <= Limits.CheckDetailCharsMax ? text : text[..(Limits.CheckDetailCharsMax - 3)] + "...";
        return shortened.Any(char.IsControl) ? string.Concat(shortened.Select(c => char.IsControl(c) ? ' ' : c)) : shortened;
    }
}
