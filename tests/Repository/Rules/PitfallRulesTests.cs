using Muster.Repository.Text;

namespace Muster.Repository.Rules;

public class PitfallRulesTests
{
    private const string Page = "docs/concepts/pitfalls.md";

    [Fact]
    public void Names_Repository_AreNineteen() => Assert.Equal(19, PitfallRules.Names(Root.File(Page)).Distinct().Count());

    [Fact]
    public void Broken_Repository_HasNone() => Finding.AssertNone(PitfallRules.Broken(Root.File(Page), Root.Files));

    [Theory]
    [InlineData("herd", "ATests.Pick_Herd_IsNone", "tests/X/ATests.cs", "herd", 0)]
    [InlineData("herd", "ATests.Pick_Herd_IsNone", "tests/X/ATests.cs", "hole", 2)]
    [InlineData("herd", "ATests.Pick_Other_IsNone", "tests/X/ATests.cs", "herd", 1)]
    [InlineData("herd", "BTests.Pick_Herd_IsNone", "tests/X/ATests.cs", "herd", 1)]
    [InlineData("herd", "ATests.Pick_Herd_IsNone", "tests/Repository/ATests.cs", "herd", 1)]
    [InlineData("herd", "ATests.Pick_Herd_IsNone", "src/X/ATests.cs", "herd", 1)]
    public void Broken_PageAndTest_AreJudged(string name, string holder, string path, string trait, int findings)
    {
        var page = TextFile.Made("docs/a.md", $"| Name | x | y | z |\n|---|---|---|---|\n| `{name}` | x | y | `{holder}` |");
        var test = TextFile.Made(path, $"[Trait(\"pitfall\", \"{trait}\")]\n    public void Pick_Herd_IsNone()");
        Assert.Equal(findings, PitfallRules.Broken(page, [test]).Count());
    }
}
