using Muster.Repository.Text;

namespace Muster.Repository.Rules;

public class ArrowRulesTests
{
    [Fact]
    public void ForbiddenReferences_Repository_HasNone() => Finding.AssertNone(Root.Files.SelectMany(ArrowRules.ForbiddenReferences));

    [Theory]
    [InlineData("src/Muster.Core/Muster.Core.csproj", "../Muster.Grpc/Muster.Grpc.csproj", 1)]
    [InlineData("src/Muster.Client/Muster.Client.csproj", "../Muster.Registry/Muster.Registry.csproj", 1)]
    [InlineData("src/Muster.Client/Muster.Client.csproj", "../Muster.Core/Muster.Core.csproj", 0)]
    [InlineData("src/Muster.Cli/Muster.Cli.csproj", "../../samples/Demo/Demo.csproj", 1)]
    [InlineData("src/Muster.New/Muster.New.csproj", "../Muster.Core/Muster.Core.csproj", 1)]
    [InlineData("samples/Worker/Worker.csproj", "../../src/Muster.Registry/Muster.Registry.csproj", 1)]
    [InlineData("samples/Worker/Worker.csproj", "..\\..\\src\\Muster.AspNetCore\\Muster.AspNetCore.csproj", 0)]
    [InlineData("samples/Shared/Hosting.projitems", "../../src/Muster.Cli/Muster.Cli.csproj", 1)]
    [InlineData("tests/Scenarios/Scenarios.csproj", "../../src/Muster.Registry/Muster.Registry.csproj", 0)]
    public void ForbiddenReferences_Reference_IsJudged(string project, string reference, int findings)
    {
        var file = TextFile.Made(project, $"<Project>\n<ItemGroup>\n<ProjectReference Include=\"{reference}\" />\n</ItemGroup>\n</Project>");

        Assert.Equal(findings, ArrowRules.ForbiddenReferences(file).Count());
    }

    [Fact]
    public void ForbiddenReferences_Finding_NamesLineAndAllowed()
    {
        var file = TextFile.Made("src/Muster.Grpc.AspNetCore/Muster.Grpc.AspNetCore.csproj", "<Project>\n<ItemGroup>\n<ProjectReference Include=\"../Muster.Core/Muster.Core.csproj\" />\n</ItemGroup>\n</Project>");

        var finding = Assert.Single(ArrowRules.ForbiddenReferences(file));

        Assert.Equal(3, finding.Line);
        Assert.Contains("Muster.Grpc.AspNetCore -> Muster.Core", finding.Found, StringComparison.Ordinal);
        Assert.Contains("may reference Muster.Grpc", finding.Instead, StringComparison.Ordinal);
    }
}
