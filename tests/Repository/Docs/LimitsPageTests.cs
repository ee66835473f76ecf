using Muster.Repository.Text;

namespace Muster.Repository.Docs;

public class LimitsPageTests
{
    [Fact]
    public void Write_Limits_AreThePage() => Snapshot.Check(LimitsPage.Path, LimitsPage.Write());

    [Theory]
    [InlineData(250, "250 ms")]
    [InlineData(10_000, "10 s")]
    [InlineData(600_000, "10 min")]
    [InlineData(3_600_000, "1 h")]
    public void Format_Time_HasUnit(int milliseconds, string expected) =>
        Assert.Equal(expected, LimitsPage.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Format_Number_HasThousands() => Assert.Equal("100,000", LimitsPage.Format(100_000));

    [Fact]
    public void Differences_ChangedValue_NamesLineAndBoth()
    {
        var finding = Assert.Single(Snapshot.Differences("p", "a\nb 1\n", "a\nb 2\n"));

        Assert.Equal((2, "b 1"), (finding.Line, finding.Found.Split('\n')[0]));
        Assert.StartsWith("b 2", finding.Instead, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n", "a\nb\n")]
    [InlineData("a\nb\n", "a\n")]
    [InlineData("", "a")]
    public void Differences_MissingOrExtraLine_IsFound(string actual, string expected) =>
        Assert.Single(Snapshot.Differences("p", actual, expected));

    [Fact]
    public void Differences_Same_HasNone() => Assert.Empty(Snapshot.Differences("p", "a\nb\n", "a\nb\n"));
}
