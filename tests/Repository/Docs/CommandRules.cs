using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Docs;

/// <summary>Pages show only commands that exist.</summary>
public static partial class CommandRules
{
    /// <summary>Scripts of the root, as <c>./name</c>.</summary>
    public static IEnumerable<Finding> UnknownScripts(TextFile page, Func<string, bool> exists) =>
        from piece in Pieces(page)
        from Match script in Script().Matches(piece.Text)
        where !exists(script.Groups[1].Value)
        select new Finding(
            "a page shows only scripts that exist", page.Path, piece.Line, script.Value.Trim(), "a script of the repository's root");

    public static IEnumerable<Finding> UnknownVerbs(TextFile page, IReadOnlyCollection<string> verbs) =>
        from piece in Pieces(page)
        from Match command in Verb().Matches(piece.Text)
        from verb in command.Groups[1].Value.Split('|')
        where !verbs.Contains(verb)
        select new Finding(
            "a page shows only verbs that ./muster has", page.Path, piece.Line, command.Value, "one of: " + string.Join(", ", verbs.Order()));

    /// <summary>Options behind <c>./muster</c>, <c>./test</c> and <c>./bench</c> stand as strings in the sources.</summary>
    public static IEnumerable<Finding> UnknownOptions(TextFile page, IReadOnlyCollection<string> options) =>
        from piece in Pieces(page)
        where Script().IsMatch(piece.Text)
        from Match option in Option().Matches(Comment().Replace(piece.Text, ""))
        where !options.Contains(option.Groups[1].Value)
        select new Finding(
            "a page shows only options that exist", page.Path, piece.Line, option.Value.Trim(), "an option that the program's --help lists");

    /// <summary>The verbs that the root script dispatches itself and those that the CLI declares.</summary>
    public static IEnumerable<string> VerbsOf(TextFile script, IEnumerable<TextFile> cli) =>
        script.Lines.SelectMany(line => CaseLabel().Match(line) is { Success: true } label ? label.Groups[1].Value.Split('|') : [])
            .Select(label => label.Trim())
            .Concat(from file in cli from Match command in DeclaredCommand().Matches(file.Text) select command.Groups[1].Value)
            .Where(verb => Word().IsMatch(verb))
            .Distinct();

    public static IEnumerable<string> OptionsOf(IEnumerable<TextFile> sources) =>
        (from file in sources from Match option in DeclaredOption().Matches(file.Text) select option.Groups[1].Value).Distinct();

    private static IEnumerable<MarkdownPage.Piece> Pieces(TextFile page) => MarkdownPage.Spans(page).Concat(MarkdownPage.Commands(page));

    [GeneratedRegex(@"(?<![\w/.])\./([a-z][\w-]*)(?![\w./-])")]
    private static partial Regex Script();

    [GeneratedRegex(@"(?<![\w/.])\./muster +([a-z][a-z|-]*)")]
    private static partial Regex Verb();

    [GeneratedRegex(@"(?<=\s)(--?[a-z][a-z-]+)")]
    private static partial Regex Option();

    [GeneratedRegex(@"\s#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*([a-z][a-z| -]*)\)")]
    private static partial Regex CaseLabel();

    [GeneratedRegex(@"(?:new Command|: base|: Command)\(\s*""([a-z][a-z-]*)""")]
    private static partial Regex DeclaredCommand();

    [GeneratedRegex(@"(?<![\w-])(--?[a-z][a-z-]+)")]
    private static partial Regex DeclaredOption();

    [GeneratedRegex(@"^[a-z][a-z-]*$")]
    private static partial Regex Word();
}
