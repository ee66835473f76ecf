using Muster.Repository.Text;

namespace Muster.Repository.Rules;

public class FolderArrowRulesTests
{
    [Fact]
    public void ForbiddenUsings_Repository_HasNone() => Finding.AssertNone(Root.Files.SelectMany(FolderArrowRules.ForbiddenUsings));

    [Fact]
    public void Known_EveryEntry_StillPointsTheOtherWay() => Assert.All(FolderArrowRules.Known.Keys, path =>
        Assert.NotEmpty(FolderArrowRules.Against(Root.File(path), path.Split('/')[2])));

    [Theory]
    [InlineData("src/Muster.Registry/Api/A.cs", "using Muster.Registry.Sessions;", 0)]
    [InlineData("src/Muster.Registry/Store/A.cs", "using Muster.Registry.Sessions;", 1)]
    [InlineData("src/Muster.Registry/Watch/A.cs", "using Muster.Registry.Store;", 1)]
    [InlineData("src/Muster.Registry/Watch/A.cs", "using Muster.Registry.Watch;", 0)]
    [InlineData("src/Muster.Registry/A.cs", "using Muster.Registry.Api;", 0)]
    [InlineData("src/Muster.Registry/Store/A.cs", "using Muster.Core.Catalog;", 0)]
    public void ForbiddenUsings_Using_IsJudged(string path, string line, int findings) =>
        Assert.Equal(findings, FolderArrowRules.ForbiddenUsings(TextFile.Made(path, line)).Count());
}
