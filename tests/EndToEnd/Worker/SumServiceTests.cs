using Muster.Grpc;
using Muster.Samples.Worker;

namespace Muster.EndToEnd.Worker;

public sealed class SumServiceTests
{
    [Theory]
    [InlineData(2, 3, 5)]
    [InlineData(-2, -3, -5)]
    [InlineData(long.MaxValue, 0, long.MaxValue)]
    [InlineData(long.MinValue, long.MaxValue, -1)]
    public void Add_SumFits_ReturnsIt(long a, long b, long sum) => Assert.Equal(sum, SumService.Add(a, b));

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, -1)]
    public void Add_SumDoesNotFit_NamesBothNumbers(long a, long b)
    {
        var error = Assert.Throws<RpcException>(() => SumService.Add(a, b));

        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.Contains(FormattableString.Invariant($"a is {a} and b is {b}"), error.Status.Detail, StringComparison.Ordinal);
    }
}
