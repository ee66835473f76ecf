using System.Globalization;
using Muster.Grpc;

namespace Muster.Samples.Calculator;

/// <summary>The four operations, which refuse what has no finite answer instead of returning infinity.</summary>
internal static class Arithmetic
{
    /// <summary>a + b.</summary>
    public static double Add(double a, double b) => Checked(a, '+', b, a + b);

    /// <summary>a - b.</summary>
    public static double Subtract(double a, double b) => Checked(a, '-', b, a - b);

    /// <summary>a * b.</summary>
    public static double Multiply(double a, double b) => Checked(a, '*', b, a * b);

    /// <summary>a / b.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: b is 0, or a number is not finite.</exception>
    public static double Divide(double a, double b) => b == 0
        ? throw Invalid($"b is 0: {a} cannot be divided by it.")
        : Checked(a, '/', b, a / b);

    private static double Checked(double a, char operation, double b, double result)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b))
        {
            throw Invalid($"a is {a} and b is {b}: two finite numbers are needed.");
        }

        return double.IsFinite(result)
            ? result
            : throw Invalid($"{a} {operation} {b} is beyond {double.MaxValue}, the largest number there is here.");
    }

    private static RpcException Invalid(FormattableString sentence) =>
        new(StatusCode.InvalidArgument, sentence.ToString(CultureInfo.InvariantCulture));
}
