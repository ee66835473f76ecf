using System.Collections.Immutable;

namespace Muster.Repository.Text;

/// <summary>A tracked text file.</summary>
/// <param name="Path">Relative to the root, with forward slashes.</param>
/// <param name="Lines">Its lines, without line ends.</param>
public sealed record TextFile(string Path, ImmutableArray<string> Lines)
{
    public string Text => string.Join('\n', Lines);

    public bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    public bool HasExtension(string extension) => Path.EndsWith(extension, StringComparison.Ordinal);

    /// <summary>A file that exists only in a test.</summary>
    public static TextFile Made(string path, string text)
    {
        var lines = text.Split('\n');
        // The end of the last line begins no further one.
        return new(path, [.. lines.Length > 1 && lines[^1].Length == 0 ? lines[..^1] : lines]);
    }

    /// <summary>The lines with the numbers that editors give them.</summary>
    public IEnumerable<(int Number, string Line)> NumberedLines() => Lines.Select((line, index) => (index + 1, line));
}
