using System.Xml.Linq;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

/// <summary>Which project may reference which. The picture is in docs/concepts/overview.md; this is the same table.</summary>
public static class ArrowRules
{
    private static readonly string[] AllOfSrc =
    [
        "Muster.Core", "Muster.Grpc", "Muster.Grpc.AspNetCore", "Muster.Protocol", "Muster.Etcd", "Muster.Registry",
        "Muster.Client", "Muster.AspNetCore", "Muster.Testing",
    ];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Muster.Core"] = [],
        ["Muster.Grpc"] = [],
        ["Muster.Grpc.AspNetCore"] = ["Muster.Grpc"],
        ["Muster.Protocol"] = ["Muster.Core", "Muster.Grpc"],
        ["Muster.Etcd"] = ["Muster.Grpc"],
        ["Muster.Registry"] = ["Muster.Protocol", "Muster.Core", "Muster.Grpc", "Muster.Grpc.AspNetCore"],
        ["Muster.Client"] = ["Muster.Protocol", "Muster.Core", "Muster.Grpc"],
        ["Muster.AspNetCore"] = ["Muster.Client", "Muster.Grpc.AspNetCore"],
        ["Muster.Testing"] = ["Muster.Registry", "Muster.Client"],
        ["Muster.Cli"] = AllOfSrc,
        // The samples' messages, and their methods declared with them.
        ["Contracts"] = ["Muster.Grpc"],
    };

    /// <summary>What every sample but Contracts may reference.</summary>
    private static readonly string[] AllowedOfSamples = ["Muster.AspNetCore", "Muster.Client", "Contracts"];

    /// <summary>Checks one project file; tests may reference anything, other files are no projects.</summary>
    public static IEnumerable<Finding> ForbiddenReferences(TextFile file)
    {
        if (!(file.HasExtension(".csproj") || file.HasExtension(".projitems")) || file.IsUnder("tests") || file.IsUnder("benches"))
        {
            return [];
        }

        var name = Path.GetFileNameWithoutExtension(file.Path);
        if (AllowedFor(file, name) is not { } allowed)
        {
            return [new Finding("every project of src has its arrows", file.Path, 0, $"{name} is in no table",
                "add it to ArrowRules and to docs/concepts/overview.md, with an ADR that says why")];
        }

        return from reference in References(file)
               where !allowed.Contains(reference.Name)
               select new Finding(
                   "only the arrows of docs/concepts/overview.md", file.Path, reference.Line, $"{name} -> {reference.Name}",
                   allowed.Length == 0 ? $"{name} references nothing" : $"{name} may reference {string.Join(", ", allowed)}");
    }

    private static string[]? AllowedFor(TextFile file, string name) =>
        Allowed.TryGetValue(name, out var allowed) ? allowed : file.IsUnder("samples") ? AllowedOfSamples : null;

    private static IEnumerable<(string Name, int Line)> References(TextFile file)
    {
        var project = XDocument.Parse(file.Text, LoadOptions.SetLineInfo);
        return from reference in project.Descendants("ProjectReference")
               let path = reference.Attribute("Include")!.Value.Replace('\\', '/')
               select (Path.GetFileNameWithoutExtension(path), ((System.Xml.IXmlLineInfo)reference).LineNumber);
    }
}
