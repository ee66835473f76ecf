using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Muster.Grpc;

/// <summary>A method of a gRPC service, as its .proto file declares it.</summary>
public abstract class GrpcMethod
{
    private protected GrpcMethod(MethodDescriptor descriptor)
    {
        Descriptor = descriptor;
        FullName = $"/{descriptor.Service.FullName}/{descriptor.Name}";
        Kind = (descriptor.IsClientStreaming, descriptor.IsServerStreaming) switch
        {
            (false, false) => MethodKind.Unary,
            (true, false) => MethodKind.ClientStreaming,
            (false, true) => MethodKind.ServerStreaming,
            (true, true) => MethodKind.DuplexStreaming,
        };
        Idempotency = descriptor.GetOptions()?.IdempotencyLevel switch
        {
            MethodOptions.Types.IdempotencyLevel.NoSideEffects => Idempotency.NoSideEffects,
            MethodOptions.Types.IdempotencyLevel.Idempotent => Idempotency.Idempotent,
            _ => Idempotency.Unknown,
        };
    }

    /// <summary>The descriptor that the .proto file compiled to.</summary>
    public MethodDescriptor Descriptor { get; }

    /// <summary>The path of the call: <c>/package.Service/Method</c>.</summary>
    public string FullName { get; }

    /// <summary>Which sides are streams.</summary>
    public MethodKind Kind { get; }

    /// <summary>Whether a call may be sent twice.</summary>
    public Idempotency Idempotency { get; }

    /// <summary>Declares a method by name, and checks it against the descriptor of its service.</summary>
    /// <param name="service">The service's descriptor, from the generated <c>XReflection</c> class.</param>
    /// <param name="name">The method's name in the .proto file.</param>
    /// <exception cref="ArgumentException">The service has no such method, or its messages are of other types; the
    /// message names what was declared and what the .proto file says.</exception>
    public static GrpcMethod<TRequest, TResponse> Define<TRequest, TResponse>(ServiceDescriptor service, string name)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(service);
        var descriptor = service.FindMethodByName(name)
            ?? throw new ArgumentException(
                $"Service '{service.FullName}' has no method '{name}' in its .proto file.", nameof(name));
        CheckType<TRequest>(descriptor, descriptor.InputType, "takes");
        CheckType<TResponse>(descriptor, descriptor.OutputType, "returns");
        return new GrpcMethod<TRequest, TResponse>(descriptor);
    }

    /// <summary>Declares a method of which only the descriptor is known, as <see cref="ReflectionClient"/> returns it: a
    /// program that calls services it was not built for.</summary>
    /// <param name="method">The method.</param>
    /// <returns>The method, with messages that stay in their wire form: an <see cref="Empty"/> whose unknown fields are the
    /// fields of the message. <c>Empty.Parser.ParseFrom</c> makes one of bytes, <c>ToByteArray</c> gives them
    /// back.</returns>
    public static GrpcMethod<Empty, Empty> DefineUntyped(MethodDescriptor method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return new GrpcMethod<Empty, Empty>(method, Empty.Parser, Empty.Parser);
    }

    /// <inheritdoc />
    public override string ToString() => FullName;

    private static void CheckType<T>(MethodDescriptor method, MessageDescriptor declared, string verb)
    {
        if (declared.ClrType != typeof(T))
        {
            throw new ArgumentException(
                $"Method '{method.FullName}' {verb} {declared.FullName} in its .proto file, not {typeof(T).FullName}.");
        }
    }
}
