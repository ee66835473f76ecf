using Muster.Grpc.AspNetCore;
using Muster.Samples.Contracts;
using Muster.Samples.V1;

namespace Muster.Samples.Calculator;

/// <summary>The gRPC face of <see cref="Arithmetic"/>.</summary>
internal sealed class CalculatorService(string instanceId) : IGrpcService
{
    /// <inheritdoc />
    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(CalculatorMethods.Add, (request, _) => Answer(Arithmetic.Add(request.A, request.B)));
        binder.Unary(CalculatorMethods.Subtract, (request, _) => Answer(Arithmetic.Subtract(request.A, request.B)));
        binder.Unary(CalculatorMethods.Multiply, (request, _) => Answer(Arithmetic.Multiply(request.A, request.B)));
        binder.Unary(CalculatorMethods.Divide, (request, _) => Answer(Arithmetic.Divide(request.A, request.B)));
    }

    private Task<CalculatorResponse> Answer(double result) =>
        Task.FromResult(new CalculatorResponse { Result = result, ServedBy = instanceId });
}
