using System.Globalization;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Samples.Contracts;
using Muster.Samples.V1;

namespace Muster.Samples.Worker;

/// <summary>Adds two whole numbers, or says that the sum does not fit.</summary>
internal sealed class SumService(string instanceId) : IGrpcService
{
    /// <inheritdoc />
    public void Bind(GrpcServiceBinder binder) => binder.Unary(
        SumMethods.Sum,
        (request, _) => Task.FromResult(new SumResponse { Sum = Add(request.A, request.B), ServedBy = instanceId }));

    /// <summary>a + b.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: the sum does not fit 64 bits.</exception>
    internal static long Add(long a, long b)
    {
        try
        {
            return checked(a + b);
        }
        catch (OverflowException)
        {
            throw new RpcException(StatusCode.InvalidArgument, string.Create(
                CultureInfo.InvariantCulture,
                $"a is {a} and b is {b}: their sum is outside {long.MinValue} to {long.MaxValue}."));
        }
    }
}
