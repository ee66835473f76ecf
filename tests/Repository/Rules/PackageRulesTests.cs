using Muster.Repository.Text;

namespace Muster.Repository.Rules;

public class PackageRulesTests
{
    private static readonly TextFile Decision = TextFile.Made(PackageRules.Decision, "| `A` | 1.2.3 | parses |");

    [Fact]
    public void Inexact_Repository_HasNone() => Finding.AssertNone(PackageRules.Inexact(Dependencies()));

    [Fact]
    public void Unexplained_Repository_HasNone() =>
        Finding.AssertNone(PackageRules.Unexplained(Dependencies(), Root.File(PackageRules.Decision)));

    [Fact]
    public void Forgotten_Repository_HasNone() =>
        Finding.AssertNone(PackageRules.Forgotten(Dependencies(), Root.File(PackageRules.Decision)));

    [Fact]
    public void Packages_Repository_AreFound() =>
        Assert.Contains(Dependencies(), dependency => dependency.Name == "Google.Protobuf" && dependency.Line > 1);

    [Theory]
    [InlineData("1.2.3", 0)]
    [InlineData("1.2.3-rc.1", 0)]
    [InlineData("1.2.*", 1)]
    [InlineData("[1.2.3,2)", 1)]
    [InlineData("", 1)]
    public void Inexact_Version_IsJudged(string version, int findings) =>
        Assert.Equal(findings, PackageRules.Inexact([new("A", version, "p", 1)]).Count());

    [Theory]
    [InlineData("A", "1.2.3", 0)]
    [InlineData("A", "1.2.4", 1)]
    [InlineData("B", "1.2.3", 1)]
    public void Unexplained_Dependency_IsJudged(string name, string version, int findings) =>
        Assert.Equal(findings, PackageRules.Unexplained([new(name, version, "p", 1)], Decision).Count());

    [Fact]
    public void Forgotten_RowWithoutDependency_IsFound() =>
        Assert.Single(PackageRules.Forgotten([new("B", "1.2.3", "p", 1)], Decision));

    [Fact]
    public void ToolsOf_Manifest_ReadsNameVersionAndLine()
    {
        var manifest = TextFile.Made(PackageRules.Tools, "{ \"tools\": {\n\"x\": { \"version\": \"1.0.0\" } } }");

        Assert.Equal(new PackageRules.Dependency("x", "1.0.0", PackageRules.Tools, 2), Assert.Single(PackageRules.ToolsOf(manifest)));
    }

    private static List<PackageRules.Dependency> Dependencies()
    {
        var tools = Root.Paths.Contains(PackageRules.Tools) ? PackageRules.ToolsOf(Root.File(PackageRules.Tools)) : [];
        return [.. PackageRules.Packages(Root.File(PackageRules.Versions)), .. tools];
    }
}
