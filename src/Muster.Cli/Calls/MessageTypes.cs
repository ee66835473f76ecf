using Google.Protobuf.Reflection;

namespace Muster.Cli.Calls;

/// <summary>The message types that a service's files and their imports declare: what an <c>Any</c> may hold.</summary>
internal sealed class MessageTypes
{
    private readonly Dictionary<string, MessageDescriptor> _types = new(StringComparer.Ordinal);

    public MessageTypes(FileDescriptor file) => AddFile(file, []);

    /// <summary>The type that a type URL names by its last segment; null if no file declares it.</summary>
    public MessageDescriptor? FindByUrl(string url) => _types.GetValueOrDefault(url[(url.LastIndexOf('/') + 1)..]);

    private void AddFile(FileDescriptor file, HashSet<string> seen)
    {
        if (!seen.Add(file.Name))
        {
            return;
        }

        foreach (var type in file.MessageTypes)
        {
            AddType(type);
        }

        foreach (var import in file.Dependencies)
        {
            AddFile(import, seen);
        }
    }

    private void AddType(MessageDescriptor type)
    {
        _types[type.FullName] = type;
        foreach (var nested in type.NestedTypes)
        {
            AddType(nested);
        }
    }
}
