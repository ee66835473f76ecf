using System.Reflection;
using Muster.Core;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

public class LimitRulesTests
{
    [Fact]
    public void Unused_Repository_HasNone() => Finding.AssertNone(LimitRules.Unused(
        typeof(Limits).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.Name), Root.Files));

    [Theory]
    [InlineData("src/Muster.Core/A.cs", "Limits.AMax", "tests/Muster.Core.Tests/ATests.cs", "Limits.AMax", 0)]
    [InlineData("src/Muster.Core/A.cs", "Limits.AMaxima", "tests/Muster.Core.Tests/ATests.cs", "Limits.AMax", 1)]
    [InlineData("src/Muster.Core/Limits.cs", "Limits.AMax", "tests/Muster.Core.Tests/ATests.cs", "Limits.AMax", 1)]
    [InlineData("src/Muster.Core/A.cs", "Limits.AMax", "tests/Repository/ATests.cs", "Limits.AMax", 1)]
    [InlineData("docs/a.md", "Limits.AMax", "README.md", "Limits.AMax", 2)]
    public void Unused_Limit_IsJudged(string product, string code, string test, string testCode, int findings) => Assert.Equal(
        findings, LimitRules.Unused(["AMax"], [TextFile.Made(product, code), TextFile.Made(test, testCode)]).Count());
}
