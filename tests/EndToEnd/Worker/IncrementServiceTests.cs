using Muster.Grpc;
using Muster.Samples.Worker;

namespace Muster.EndToEnd.Worker;

public sealed class IncrementServiceTests
{
    [Fact]
    public void CounterOf_Nothing_IsTheDefault() => Assert.Equal("muster:counter", IncrementService.CounterOf(""));

    // The counter is a key that callers choose: one outside the prefix would let them into whatever else is in that Redis.
    [Theory]
    [InlineData("session:42")]
    [InlineData("Muster:counter")]
    [InlineData("muster:\n")]
    public void CounterOf_NameThatIsNotAllowed_NamesIt(string name)
    {
        var error = Assert.Throws<RpcException>(() => IncrementService.CounterOf(name));

        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.Contains($"counter is '{name}'", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void CounterOf_LongName_IsAllowedTo128Characters(int length, bool allowed)
    {
        var name = "muster:".PadRight(length, 'x');

        var error = Record.Exception(() => IncrementService.CounterOf(name));

        Assert.Equal(allowed, error is null);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("", "", null)]
    [InlineData("a", null, "a")]
    [InlineData("", "b", "b")]
    [InlineData("a", "a", "a")]
    public void KeyOf_MessageAndHeader_TakesWhicheverIsThere(string inMessage, string? inHeader, string? key) =>
        Assert.Equal(key, IncrementService.KeyOf(inMessage, inHeader));

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a b\tc", null)]
    public void KeyOf_KeysThatDifferOrCannotBeRead_IsRefused(string inMessage, string? inHeader)
    {
        var error = Assert.Throws<RpcException>(() => IncrementService.KeyOf(inMessage, inHeader));

        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.StartsWith("idempotency_key is", error.Status.Detail, StringComparison.Ordinal);
    }
}
