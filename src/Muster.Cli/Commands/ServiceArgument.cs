using Muster.Core.Model;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary>A service on the command line: <c>name</c>, or <c>namespace/name</c>.</summary>
internal static class ServiceArgument
{
    /// <summary>Namespace and name; an empty namespace means the default one.</summary>
    public static (string Namespace, string Name) Split(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", text) : (text[..slash], text[(slash + 1)..]);
    }

    public static string Name(Explanation of) => $"{ServiceKey.Of(of.Namespace, of.Service)}";
}
