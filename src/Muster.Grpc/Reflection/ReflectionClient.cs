using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Grpc.Reflection;
using Muster.Grpc.Reflection.Protos.V1;

namespace Muster.Grpc;

/// <summary>Asks any gRPC server which services it has and what their methods look like (server reflection, v1 and,
/// where that is not implemented, v1alpha).</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="client">Sends the calls.</param>
public sealed class ReflectionClient(GrpcClient client)
{
    /// <summary>More files than any real service imports; a server that names ever new ones must not keep us for
    /// ever.</summary>
    private const int FilesMax = 1000;

    /// <summary>Lists the full names of the server's services.</summary>
    /// <exception cref="RpcException">The call failed. <see cref="StatusCode.Unimplemented"/>: the server does not
    /// offer reflection.</exception>
    public async Task<IReadOnlyList<string>> ListServicesAsync(GrpcCallOptions options = default)
    {
        var response = await AskAsync(new ServerReflectionRequest { ListServices = "" }, options).ConfigureAwait(false);
        return response.ListServicesResponse is { } list ? [.. list.Service.Select(s => s.Name)] : throw Senseless();
    }

    /// <summary>Fetches the descriptor of a service, with those of all its messages.</summary>
    /// <param name="service">The full name, such as <c>grpc.health.v1.Health</c>.</param>
    /// <param name="options">Deadline and cancellation; each of the calls it takes gets them.</param>
    /// <exception cref="RpcException">The call failed. <see cref="StatusCode.NotFound"/>: the server has no such
    /// service. <see cref="StatusCode.Internal"/>: its answer makes no sense.</exception>
    public async Task<ServiceDescriptor> GetServiceAsync(string service, GrpcCallOptions options = default)
    {
        var files = new Dictionary<string, ByteString>(StringComparer.Ordinal);
        var first = await AskAsync(
            new ServerReflectionRequest { FileContainingSymbol = service }, options).ConfigureAwait(false);
        var missing = new Queue<string>(Keep(first, files));
        while (missing.TryDequeue(out var name))
        {
            if (!files.ContainsKey(name))
            {
                var answer = await AskAsync(
                    new ServerReflectionRequest { FileByFilename = name }, options).ConfigureAwait(false);
                foreach (var import in Keep(answer, files))
                {
                    missing.Enqueue(import);
                }
            }
        }

        try
        {
            return FileDescriptor.BuildFromByteStrings(InOrderOfImport(files))
                .SelectMany(file => file.Services)
                .First(s => s.FullName == service);
        }
        catch (Exception e) when (e is DescriptorValidationException or ArgumentException or InvalidOperationException)
        {
            var detail = $"The files that describe '{service}' do not fit together: {e.Message}";
            throw new RpcException(new Status(StatusCode.Internal, detail), null, e);
        }
    }

    /// <summary>Keeps the files of an answer and names their imports.</summary>
    private static List<string> Keep(ServerReflectionResponse answer, Dictionary<string, ByteString> files)
    {
        var imports = new List<string>();
        foreach (var bytes in answer.FileDescriptorResponse?.FileDescriptorProto ?? throw Senseless())
        {
            if (files.Count == FilesMax)
            {
                throw new RpcException(
                    StatusCode.ResourceExhausted, $"The server describes one service by more than {FilesMax} files.");
            }

            var file = Parse(bytes);
            files[file.Name] = bytes;
            imports.AddRange(file.Dependency);
        }

        return imports;
    }

    private static List<ByteString> InOrderOfImport(Dictionary<string, ByteString> files)
    {
        var ordered = new List<ByteString>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in files.Keys)
        {
            Visit(name);
        }

        return ordered;

        void Visit(string name)
        {
            // Marked before its imports: a server that claims a cycle must not hang us, and fails in the validation.
            if (seen.Add(name))
            {
                foreach (var import in Parse(files[name]).Dependency)
                {
                    Visit(import);
                }

                ordered.Add(files[name]);
            }
        }
    }

    private static FileDescriptorProto Parse(ByteString bytes)
    {
        try
        {
            return FileDescriptorProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new RpcException(
                new Status(StatusCode.Internal, "The server's answer holds no file descriptor."), null, e);
        }
    }

    private static RpcException Senseless() =>
        new(StatusCode.Internal, "The server's reflection answers another question than was asked.");

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request, GrpcCallOptions options)
    {
        try
        {
            return await AskAsync(ReflectionMethods.V1, request, options).ConfigureAwait(false);
        }
        catch (RpcException e) when (e.Code == StatusCode.Unimplemented)
        {
            return await AskAsync(ReflectionMethods.V1Alpha, request, options).ConfigureAwait(false);
        }
    }

    private async Task<ServerReflectionResponse> AskAsync(
        GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> method,
        ServerReflectionRequest request,
        GrpcCallOptions options)
    {
        var call = client.Streaming(method, options);
        await using (call.ConfigureAwait(false))
        {
            await call.WriteAsync(request).ConfigureAwait(false);
            await call.CompleteWritesAsync().ConfigureAwait(false);
            var response = await call.ReadAsync().ConfigureAwait(false)
                ?? throw new RpcException(
                    StatusCode.Internal, "The server ended the reflection stream without an answer.");
            return response.ErrorResponse is { } error
                ? throw new RpcException(
                    error.ErrorCode == 0 ? StatusCode.Unknown : (StatusCode)error.ErrorCode, error.ErrorMessage)
                : response;
        }
    }
}
