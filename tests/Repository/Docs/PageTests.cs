using Muster.Repository.Text;

namespace Muster.Repository.Docs;

/// <summary>The rules for pages, held against the pages that there are and against made ones that break them.</summary>
public class PageTests
{
    private static readonly List<TextFile> Pages = [.. Root.Files.Where(file => file.HasExtension(".md"))];

    private static readonly HashSet<string> Folders = [.. Root.Paths.Where(path => path.Contains('/', StringComparison.Ordinal)).Select(path => path.Split('/')[0])];

    [Fact]
    public void DeadLinks_Repository_HasNone() =>
        Finding.AssertNone(Pages.SelectMany(page => LinkRules.DeadLinks(page, path => Root.Files.FirstOrDefault(f => f.Path == path), Root.HasFileOrFolder)));

    [Fact]
    public void DeadPaths_Repository_HasNone() =>
        Finding.AssertNone(Pages.SelectMany(page => LinkRules.DeadPaths(page, Folders, Root.HasFileOrFolder)));

    [Fact]
    public void UnknownScripts_Repository_HasNone() =>
        Finding.AssertNone(Pages.SelectMany(page => CommandRules.UnknownScripts(page, Root.Paths.Contains)));

    [Fact]
    public void UnknownVerbs_Repository_HasNone() =>
        Finding.AssertNone(Pages.SelectMany(page => CommandRules.UnknownVerbs(page, Verbs())));

    [Fact]
    public void UnknownOptions_Repository_HasNone() =>
        Finding.AssertNone(Pages.SelectMany(page => CommandRules.UnknownOptions(page, Options())));

    [Theory]
    [InlineData("[a](b.md)", 0)]
    [InlineData("[a](missing.md)", 1)]
    [InlineData("[a](b.md#two-words)", 0)]
    [InlineData("[a](b.md#three)", 1)]
    [InlineData("[a](../README.md)", 0)]
    [InlineData("[a](https://example.com/x)", 0)]
    [InlineData("`[a](missing.md)`", 0)]
    public void DeadLinks_Line_IsJudged(string line, int findings)
    {
        var target = TextFile.Made("docs/b.md", "# Two words");
        var page = TextFile.Made("docs/a.md", line);

        Assert.Equal(findings, LinkRules.DeadLinks(page, path => path == target.Path ? target : null, path => path is "docs/b.md" or "README.md").Count());
    }

    [Theory]
    [InlineData("see `src/A.cs`", 0)]
    [InlineData("see `src/B.cs`", 1)]
    [InlineData("see `./src/B.cs`", 0)]
    [InlineData("see `elsewhere/B.cs`", 0)]
    [InlineData("```\ncat src/B.cs\n```", 1)]
    [InlineData("see `src/*.cs`", 0)]
    public void DeadPaths_Line_IsJudged(string text, int findings) =>
        Assert.Equal(findings, LinkRules.DeadPaths(TextFile.Made("a.md", text), ["src"], path => path == "src/A.cs").Count());

    [Theory]
    [InlineData("run `./test`", 0)]
    [InlineData("run `./tset`", 1)]
    [InlineData("```\n./tset --full\n```", 1)]
    [InlineData("```csharp\n./tset\n```", 0)]
    public void UnknownScripts_Line_IsJudged(string text, int findings) =>
        Assert.Equal(findings, CommandRules.UnknownScripts(TextFile.Made("a.md", text), name => name == "test").Count());

    [Theory]
    [InlineData("`./muster demo`", 0)]
    [InlineData("`./muster dmeo`", 1)]
    [InlineData("`./muster demo|call`", 0)]
    [InlineData("```\n./muster --help\n```", 0)]
    public void UnknownVerbs_Line_IsJudged(string text, int findings) =>
        Assert.Equal(findings, CommandRules.UnknownVerbs(TextFile.Made("a.md", text), ["demo", "call"]).Count());

    [Theory]
    [InlineData("`./muster demo --duration 20`", 0)]
    [InlineData("`./muster demo --lenght 20`", 1)]
    [InlineData("```\n./muster demo # --any comment\n```", 0)]
    [InlineData("`docker run --rm`", 0)]
    public void UnknownOptions_Line_IsJudged(string text, int findings) =>
        Assert.Equal(findings, CommandRules.UnknownOptions(TextFile.Made("a.md", text), ["--duration"]).Count());

    [Fact]
    public void VerbsOf_ScriptAndCli_AreBothRead()
    {
        var script = TextFile.Made("muster", "case $1 in\n  worker | demo)\n    ;;\n  *) x ;;\nesac");
        var cli = TextFile.Made("src/Muster.Cli/A.cs", "new Command(\"services\", \"lists\"); class B() : Command(\"call\")");

        Assert.Equal(["call", "demo", "services", "worker"], CommandRules.VerbsOf(script, [cli]).Order());
    }

    private static List<string> Verbs() =>
        [.. CommandRules.VerbsOf(Root.File("muster"), Root.Files.Where(file => file.IsUnder("src/Muster.Cli") && file.HasExtension(".cs")))];

    private static List<string> Options() =>
        [.. CommandRules.OptionsOf(Root.Files.Where(file =>
            (file.HasExtension(".cs") && (file.IsUnder("src/Muster.Cli") || file.IsUnder("samples") || file.IsUnder("benches")))
            || file.Path is "muster" or "test" or "bench"))];
}
