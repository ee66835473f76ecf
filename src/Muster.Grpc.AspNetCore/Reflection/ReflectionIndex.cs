using Google.Protobuf.Reflection;
using Muster.Grpc.Reflection.Protos.V1;

namespace Muster.Grpc.AspNetCore.Reflection;

/// <summary>Answers reflection requests from the descriptors of a set of services.</summary>
/// <remarks>Immutable; safe to share between threads.</remarks>
internal sealed class ReflectionIndex
{
    private readonly List<string> _services;
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, FileDescriptor>> _extensions = new(
        StringComparer.Ordinal);

    public ReflectionIndex(IEnumerable<ServiceDescriptor> services)
    {
        var all = services.ToList();
        _services = [.. all.Select(s => s.FullName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var service in all)
        {
            AddFile(service.File);
        }
    }

    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse();
                response.ListServicesResponse.Service.AddRange(
                    _services.Select(service => new ServiceResponse { Name = service }));
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                var name = request.FileByFilename;
                AddFileOrError(response, _files.GetValueOrDefault(name), $"file '{name}'");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                var symbol = request.FileContainingSymbol;
                AddFileOrError(response, _symbols.GetValueOrDefault(symbol), $"symbol '{symbol}'");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                var asked = request.FileContainingExtension;
                var (type, number) = (asked.ContainingType, asked.ExtensionNumber);
                var extension = _extensions.GetValueOrDefault(type)?.GetValueOrDefault(number);
                AddFileOrError(response, extension, $"extension {number} of '{type}'");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                AddExtensionNumbers(response, request.AllExtensionNumbersOfType);
                break;
            default:
                response.ErrorResponse = Error(StatusCode.InvalidArgument, "The request asks for nothing.");
                break;
        }

        return response;
    }

    private static ErrorResponse Error(StatusCode code, string message) =>
        new() { ErrorCode = (int)code, ErrorMessage = message };

    /// <summary>The file and, imports first, all that it needs: the specification allows them in one answer, and it
    /// spares the asker a round trip for each.</summary>
    private static void AddFileOrError(ServerReflectionResponse response, FileDescriptor? file, string asked)
    {
        if (file is null)
        {
            response.ErrorResponse = Error(StatusCode.NotFound, $"This server has no {asked}.");
            return;
        }

        var answer = response.FileDescriptorResponse = new FileDescriptorResponse();
        var imports = new List<FileDescriptor>();
        Collect(file);
        // The file that was asked for comes first: some tools look no further.
        answer.FileDescriptorProto.Add(file.SerializedData);
        answer.FileDescriptorProto.AddRange(imports.Where(f => f != file).Select(f => f.SerializedData));

        void Collect(FileDescriptor next)
        {
            if (!imports.Contains(next))
            {
                imports.Add(next);
                foreach (var import in next.Dependencies)
                {
                    Collect(import);
                }
            }
        }
    }

    private void AddExtensionNumbers(ServerReflectionResponse response, string type)
    {
        if (!_symbols.ContainsKey(type))
        {
            response.ErrorResponse = Error(StatusCode.NotFound, $"This server has no type '{type}'.");
            return;
        }

        response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type };
        if (_extensions.TryGetValue(type, out var numbers))
        {
            response.AllExtensionNumbersResponse.ExtensionNumber.AddRange(numbers.Keys);
        }
    }

    private void AddFile(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var import in file.Dependencies)
        {
            AddFile(import);
        }

        foreach (var service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                _symbols[method.FullName] = file;
            }
        }

        AddTypes(file, file.MessageTypes, file.EnumTypes, file.Extensions);
    }

    private void AddTypes(
        FileDescriptor file,
        IEnumerable<MessageDescriptor> messages,
        IEnumerable<EnumDescriptor> enums,
        ExtensionCollection extensions)
    {
        foreach (var type in enums)
        {
            _symbols[type.FullName] = file;
            // Protobuf scopes enum values like their enum, beside it and not inside; FullName says otherwise.
            var scope = type.FullName[..^type.Name.Length];
            foreach (var value in type.Values)
            {
                _symbols[scope + value.Name] = file;
            }
        }

        foreach (var extension in extensions.UnorderedExtensions)
        {
            _symbols[extension.FullName] = file;
            if (!_extensions.TryGetValue(extension.ExtendeeType.FullName, out var numbers))
            {
                _extensions[extension.ExtendeeType.FullName] = numbers = [];
            }

            numbers[extension.FieldNumber] = file;
        }

        foreach (var message in messages)
        {
            _symbols[message.FullName] = file;
            foreach (var field in message.Fields.InDeclarationOrder())
            {
                _symbols[field.FullName] = file;
            }

            AddTypes(file, message.NestedTypes, message.EnumTypes, message.Extensions);
        }
    }
}
