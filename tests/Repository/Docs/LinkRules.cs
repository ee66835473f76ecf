using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Docs;

/// <summary>Pages point only at what is there.</summary>
public static partial class LinkRules
{
    public static IEnumerable<Finding> DeadLinks(TextFile page, Func<string, TextFile?> find, Func<string, bool> exists)
    {
        foreach (var link in MarkdownPage.Links(page).Where(link => !Scheme().IsMatch(link.Text)))
        {
            var (path, anchor) = Split(link.Text);
            var target = path.Length == 0 ? page.Path : Resolve(page.Path, path);
            if (!exists(target))
            {
                yield return new Finding(
                    "a link leads somewhere", page.Path, link.Line, link.Text, "the path of a file, from the page's own folder");
            }
            else if (anchor.Length > 0 && find(target) is { } file && !MarkdownPage.Anchors(file).Contains(anchor))
            {
                yield return new Finding("a link leads to a heading", page.Path, link.Line, link.Text,
                    "one of: " + string.Join(", ", MarkdownPage.Anchors(file).Select(a => "#" + a)));
            }
        }
    }

    /// <summary>Code spans and commands that begin with a folder of the root name a file in it.</summary>
    public static IEnumerable<Finding> DeadPaths(TextFile page, IReadOnlyCollection<string> folders, Func<string, bool> exists) =>
        from piece in MarkdownPage.Spans(page).Concat(MarkdownPage.Commands(page))
        from Match match in RootedPath().Matches(piece.Text)
        let path = match.Value.TrimEnd('.', ',', ':')
        where folders.Contains(path.Split('/')[0]) && !path.Contains('*', StringComparison.Ordinal) && !exists(path.TrimEnd('/'))
        select new Finding("a page names only files that exist", page.Path, piece.Line, path, "the path as it is in the tree, or nothing");

    private static (string Path, string Anchor) Split(string link)
    {
        var hash = link.IndexOf('#', StringComparison.Ordinal);
        return hash < 0 ? (link, "") : (link[..hash], link[(hash + 1)..]);
    }

    /// <summary>From the root; empty is the root itself.</summary>
    private static string Resolve(string page, string path)
    {
        var absolute = Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(page) ?? "", path));
        return absolute.Replace('\\', '/').Trim('/');
    }

    [GeneratedRegex(@"^[a-z]+:")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"(?<![\w./~$@{}<>-])(?:\./)?[\w.-]+(?:/[\w.{}*-]+)+/?")]
    private static partial Regex RootedPath();
}
