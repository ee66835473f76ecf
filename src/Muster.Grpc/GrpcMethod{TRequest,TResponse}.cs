using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Grpc.Wire;

namespace Muster.Grpc;

/// <summary>A method with the types of its messages. Create with
/// <see cref="GrpcMethod.Define{TRequest, TResponse}(ServiceDescriptor, string)"/>, once, in a static field.</summary>
/// <typeparam name="TRequest">The request message.</typeparam>
/// <typeparam name="TResponse">The response message.</typeparam>
public sealed class GrpcMethod<TRequest, TResponse> : GrpcMethod
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    internal GrpcMethod(MethodDescriptor descriptor)
        : this(
            descriptor, (MessageParser<TRequest>)descriptor.InputType.Parser, (
                MessageParser<TResponse>)descriptor.OutputType.Parser)
    {
    }

    /// <summary>For descriptors without generated types, or with others of the same wire form.</summary>
    internal GrpcMethod(
        MethodDescriptor descriptor, MessageParser<TRequest> requestParser, MessageParser<TResponse> responseParser)
        : base(descriptor)
    {
        RequestParser = requestParser;
        ResponseParser = responseParser;
    }

    internal MessageType<TRequest> RequestType => new(RequestParser, Descriptor.InputType.FullName);

    internal MessageType<TResponse> ResponseType => new(ResponseParser, Descriptor.OutputType.FullName);

    /// <summary>Parses requests.</summary>
    public MessageParser<TRequest> RequestParser { get; }

    /// <summary>Parses responses.</summary>
    public MessageParser<TResponse> ResponseParser { get; }
}
