using Muster.Repository.Text;

namespace Muster.Repository.Rules;

public class SourceRulesTests
{
    [Fact]
    public void UnownedTodos_Repository_HasNone() => Finding.AssertNone(Root.Files.SelectMany(SourceRules.UnownedTodos));

    [Fact]
    public void Sleeps_Repository_HasNone() => Finding.AssertNone(Root.Files.SelectMany(SourceRules.Sleeps));

    [Fact]
    public void MachinePaths_Repository_HasNone() => Finding.AssertNone(Root.Files.SelectMany(SourceRules.MachinePaths));

    [Fact]
    public void LongSources_Repository_HasNone() => Finding.AssertNone(Root.Files.SelectMany(SourceRules.LongSources));

    [Fact]
    public void LongFiles_EveryEntry_ExistsAndIsLong() =>
        Assert.All(SourceRules.LongFiles.Keys, path => Assert.True(Root.File(path).Lines.Length > SourceRules.LinesMax, path));

    [Theory]
    [InlineData("// TO" + "DO: later", 1)]
    [InlineData("// TO" + "DO(#12): later", 0)]
    [InlineData("// FIX" + "ME(#12)", 1)]
    [InlineData("var todoList = 1;", 0)]
    public void UnownedTodos_Line_IsJudged(string line, int findings) =>
        Assert.Equal(findings, SourceRules.UnownedTodos(TextFile.Made("src/A.cs", line)).Count());

    [Theory]
    [InlineData("tests/Muster.Core.Tests/A.cs", "Thread" + ".Sleep(1);", 1)]
    [InlineData("tests/Scenarios/A.cs", "await Task" + ".Delay(100);", 1)]
    [InlineData("tests/Scenarios/A.cs", "await Task" + ".Delay(TimeSpan.FromSeconds(1), timeProvider);", 0)]
    [InlineData("tests/Scenarios/A.cs", "await Task" + ".Delay(Timeout.Infinite, token);", 0)]
    [InlineData("tests/Scenarios/A.cs", "Spin" + "Wait.SpinUntil(() => done);", 1)]
    [InlineData("tests/EndToEnd/A.cs", "await Task" + ".Delay(100);", 0)]
    public void Sleeps_Line_IsJudged(string path, string line, int findings) =>
        Assert.Equal(findings, SourceRules.Sleeps(TextFile.Made(path, line)).Count());

    [Theory]
    [InlineData("cd /wo" + "rk/main", 1)]
    [InlineData("see /tm" + "p/bash_jobs/1", 1)]
    [InlineData("/ho" + "me/someone/x", 1)]
    [InlineData("/ho" + "me/app", 0)]
    [InlineData("a frame" + "work/thing", 0)]
    public void MachinePaths_Line_IsJudged(string line, int findings) =>
        Assert.Equal(findings, SourceRules.MachinePaths(TextFile.Made("README.md", line)).Count());

    [Theory]
    [InlineData("src/A.cs", 400, 0)]
    [InlineData("src/A.cs", 401, 1)]
    [InlineData("tests/A.cs", 401, 0)]
    public void LongSources_Length_IsJudged(string path, int lines, int findings) =>
        Assert.Equal(findings, SourceRules.LongSources(TextFile.Made(path, new string('\n', lines))).Count());
}
