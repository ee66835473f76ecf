using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Samples.V1;

namespace Muster.Samples.Contracts;

/// <summary>The methods of <c>CalculatorService</c>, checked against the .proto file when first used.</summary>
public static class CalculatorMethods
{
    /// <summary>The name that the service registers under.</summary>
    public const string ServiceName = "calculator";

    private static readonly ServiceDescriptor Service =
        CalculatorReflection.Descriptor.FindTypeByName<ServiceDescriptor>("CalculatorService");

    /// <summary>a + b.</summary>
    public static readonly GrpcMethod<CalculatorRequest, CalculatorResponse> Add = Define("Add");

    /// <summary>a - b.</summary>
    public static readonly GrpcMethod<CalculatorRequest, CalculatorResponse> Subtract = Define("Subtract");

    /// <summary>a * b.</summary>
    public static readonly GrpcMethod<CalculatorRequest, CalculatorResponse> Multiply = Define("Multiply");

    /// <summary>a / b.</summary>
    public static readonly GrpcMethod<CalculatorRequest, CalculatorResponse> Divide = Define("Divide");

    private static GrpcMethod<CalculatorRequest, CalculatorResponse> Define(string name) =>
        GrpcMethod.Define<CalculatorRequest, CalculatorResponse>(Service, name);
}
