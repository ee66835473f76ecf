using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Docs;

/// <summary>What a markdown page says in links, headings and code.</summary>
public static partial class MarkdownPage
{
    /// <summary>A piece of a page, with the line it stands in.</summary>
    public sealed record Piece(int Line, string Text);

    /// <summary>Link targets, images included, outside code.</summary>
    public static IEnumerable<Piece> Links(TextFile page) =>
        from line in Prose(page)
        from Match link in Link().Matches(CodeSpan().Replace(line.Text, "``"))
        select line with { Text = link.Groups[1].Value };

    /// <summary>The anchors that headings get: lower case, spaces to dashes, punctuation dropped.</summary>
    public static IEnumerable<string> Anchors(TextFile page) =>
        from line in Prose(page)
        let heading = Heading().Match(line.Text)
        where heading.Success
        select NotInAnchor().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>Code spans of the prose.</summary>
    public static IEnumerable<Piece> Spans(TextFile page) =>
        from line in Prose(page)
        from Match span in CodeSpan().Matches(line.Text)
        select line with { Text = span.Groups[1].Value };

    /// <summary>Lines of code blocks that people type: everything but what is tagged as another language.</summary>
    public static IEnumerable<Piece> Commands(TextFile page) =>
        from line in Blocks(page)
        where line.Language is "" or "bash" or "sh" or "console"
        select new Piece(line.Number, line.Text.TrimStart('$', ' '));

    private static IEnumerable<Piece> Prose(TextFile page) =>
        from line in Classify(page) where line.Language is null select new Piece(line.Number, line.Text);

    private static IEnumerable<(int Number, string Text, string Language)> Blocks(TextFile page) =>
        from line in Classify(page) where line.Language is not null select (line.Number, line.Text, line.Language);

    /// <summary>Each line with the language of its block, null outside blocks; the fences themselves are left out.</summary>
    private static IEnumerable<(int Number, string Text, string? Language)> Classify(TextFile page)
    {
        string? language = null;
        foreach (var (number, line) in page.NumberedLines())
        {
            if (Fence().Match(line) is { Success: true } fence)
            {
                language = language is null ? fence.Groups[1].Value : null;
                continue;
            }

            yield return (number, line, language);
        }
    }

    [GeneratedRegex(@"^\s*```(\w*)")]
    private static partial Regex Fence();

    [GeneratedRegex(@"`([^`]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchor();
}
