using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Muster.Grpc;

namespace Muster.Cli.Calls;

/// <summary>A method of any gRPC service, called with JSON: the server itself says, by reflection, what its messages look
/// like.</summary>
internal sealed class UntypedCall
{
    private readonly GrpcClient _client;
    private readonly GrpcMethod<Empty, Empty> _method;
    private readonly JsonEncoder _encoder;
    private readonly JsonDecoder _decoder;

    private UntypedCall(GrpcClient client, MethodDescriptor method)
    {
        var types = new MessageTypes(method.File);
        (_client, _method) = (client, GrpcMethod.DefineUntyped(method));
        (_encoder, _decoder) = (new JsonEncoder(types), new JsonDecoder(types));
    }

    /// <summary>Asks the server about the method.</summary>
    /// <exception cref="RpcException">It does not offer reflection, or not that service or method.</exception>
    public static async Task<UntypedCall> DescribeAsync(GrpcClient client, CallSettings settings, CancellationToken cancellationToken)
    {
        var options = new GrpcCallOptions { Timeout = settings.Timeout, CancellationToken = cancellationToken };
        var reflection = new ReflectionClient(client);
        ServiceDescriptor service;
        try
        {
            service = await reflection.GetServiceAsync(settings.Service, options);
        }
        catch (RpcException e) when (e.Code == StatusCode.NotFound)
        {
            var offered = await reflection.ListServicesAsync(options);
            throw new RpcException(
                StatusCode.NotFound, $"There is no service '{settings.Service}'. The server offers: {string.Join(", ", offered)}.");
        }
        catch (RpcException e) when (e.Code == StatusCode.Unimplemented)
        {
            throw new RpcException(
                StatusCode.Unimplemented, "The server does not offer reflection, so it cannot be asked what its messages look like.");
        }

        return service.FindMethodByName(settings.Method) is { } method
            ? new UntypedCall(client, method)
            : throw new RpcException(
                StatusCode.NotFound,
                $"{settings.Service} has no method '{settings.Method}'. It has: {string.Join(", ", service.Methods.Select(m => m.Name))}.");
    }

    /// <summary>Calls the method.</summary>
    /// <param name="json">The request messages: JSON values, one behind the other.</param>
    /// <param name="options">Deadline, metadata and cancellation.</param>
    /// <param name="print">Takes each response, as JSON, when it arrives.</param>
    /// <param name="indented">Whether the JSON is to be read by people.</param>
    /// <returns>Headers and trailers of the response.</returns>
    /// <exception cref="UsageException">The JSON does not fit the method.</exception>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public async Task<(Metadata Headers, Metadata Trailers)> RunAsync(
        string json, GrpcCallOptions options, Func<string, Task> print, bool indented)
    {
        // All of it before the first byte is sent: a mistake in the last message must not leave half a call behind.
        var requests = Encode(json);
        Task Print(Empty response) => print(Decode(response, indented));
        if (_method.Kind == MethodKind.Unary)
        {
            var result = await _client.UnaryWithMetadataAsync(_method, requests[0], options);
            await Print(result.Response);
            return (result.Headers, result.Trailers);
        }

        await using var call = _method.Kind == MethodKind.ServerStreaming
            ? _client.ServerStreaming(_method, requests[0], options)
            : _client.Streaming(_method, options);
        var writing = _method.Kind == MethodKind.ServerStreaming ? Task.CompletedTask : WriteAsync(call, requests);
        while (await call.ReadAsync() is { } response)
        {
            await Print(response);
        }

        await writing;
        return (await call.HeadersAsync, call.Trailers);
    }

    private static async Task WriteAsync(StreamingCall<Empty, Empty> call, List<Empty> requests)
    {
        try
        {
            foreach (var request in requests)
            {
                await call.WriteAsync(request);
            }

            await call.CompleteWritesAsync();
        }
        catch (RpcException)
        {
            // The reader hears why the call ended.
        }
    }

    private string Decode(Empty response, bool indented)
    {
        try
        {
            return _decoder.Decode(_method.Descriptor.OutputType, response.ToByteArray(), indented);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
        {
            throw new RpcException(
                new Status(StatusCode.Internal, $"The response is not what the server's reflection says: {e.Message}"), null, e);
        }
    }

    private List<Empty> Encode(string json)
    {
        var requests = new List<Empty>();
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                using var document = JsonDocument.ParseValue(ref reader);
                requests.Add(Empty.Parser.ParseFrom(_encoder.Encode(_method.Descriptor.InputType, document.RootElement)));
            }
        }
        catch (JsonException e)
        {
            throw new UsageException($"The message is not JSON: {e.Message}");
        }

        if (_method.Kind is MethodKind.ClientStreaming or MethodKind.DuplexStreaming)
        {
            return requests;
        }

        return requests.Count switch
        {
            // No message is the empty one.
            0 => [new Empty()],
            1 => requests,
            var count => throw new UsageException($"{_method.FullName} takes one message, and {count} were given."),
        };
    }
}
