using Muster.Grpc;
using Muster.Samples.Calculator;

namespace Muster.EndToEnd.Calculator;

public sealed class ArithmeticTests
{
    [Fact]
    public void Operations_FiniteNumbers_Calculate()
    {
        Assert.Equal(5, Arithmetic.Add(2, 3));
        Assert.Equal(-1, Arithmetic.Subtract(2, 3));
        Assert.Equal(6, Arithmetic.Multiply(2, 3));
        Assert.Equal(0.4, Arithmetic.Divide(2, 5));
    }

    [Fact]
    public void Divide_ByZero_IsInvalidAndNamesTheNumbers()
    {
        var error = Assert.Throws<RpcException>(() => Arithmetic.Divide(7, 0));

        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.Equal("b is 0: 7 cannot be divided by it.", error.Status.Detail);
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.PositiveInfinity)]
    public void Add_NumberThatIsNotFinite_IsInvalid(double a, double b) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<RpcException>(() => Arithmetic.Add(a, b)).Code);

    [Fact]
    public void Multiply_ResultBeyondTheRange_IsInvalidNotInfinity()
    {
        var error = Assert.Throws<RpcException>(() => Arithmetic.Multiply(double.MaxValue, 2));

        Assert.Equal(StatusCode.InvalidArgument, error.Code);
        Assert.Contains("1.7976931348623157E+308 * 2", error.Status.Detail, StringComparison.Ordinal);
    }
}
