using System.Reflection;
using System.Text;

namespace Muster.Repository.PublicApi;

/// <summary>Writes what an assembly offers, one line per type and member, in an order that does not depend on the source.</summary>
public static class ApiPage
{
    public const string Path = "docs/reference/api.txt";

    public static string Write(IEnumerable<Assembly> assemblies)
    {
        var page = new StringBuilder();
        foreach (var assembly in assemblies)
        {
            page.Append(assembly.GetName().Name).Append('\n');
            foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
            {
                Append(page, type);
            }

            page.Append('\n');
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }

    private static void Append(StringBuilder page, Type type)
    {
        page.Append("  ").Append(type.Namespace).Append(": ").Append(Declaration(type)).Append('\n');
        foreach (var member in IsDelegate(type) ? [] : Members.Of(type))
        {
            page.Append("    ").Append(member).Append('\n');
        }
    }

    public static string Declaration(Type type)
    {
        if (IsDelegate(type))
        {
            var invoke = type.GetMethod("Invoke")!;
            var parameters = invoke.GetParameters().Select(parameter => $"{TypeNames.Of(parameter.ParameterType)} {parameter.Name}");
            return $"delegate {TypeNames.Of(invoke.ReturnType)} {TypeNames.Of(type)}({string.Join(", ", parameters)})";
        }

        var bases = Bases(type).ToList();
        return $"{Kind(type)} {TypeNames.Of(type)}{(bases.Count == 0 ? "" : " : " + string.Join(", ", bases))}";
    }

    private static bool IsDelegate(Type type) => typeof(Delegate).IsAssignableFrom(type);

    private static string Kind(Type type)
    {
        if (type.IsEnum)
        {
            return "enum";
        }

        if (type.IsInterface)
        {
            return "interface";
        }

        var isRecord = type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly) is not null;
        return type.IsValueType
            ? isRecord ? "record struct" : "struct"
            : (type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")
                + (isRecord ? "record" : "class");
    }

    /// <summary>The base and the interfaces that the type itself adds; a record's own equality goes without saying.</summary>
    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            return [];
        }

        var parent = type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? [TypeNames.Of(b)] : Array.Empty<string>();
        var inherited = (type.BaseType?.GetInterfaces() ?? []).Concat(type.GetInterfaces().SelectMany(i => i.GetInterfaces()));
        var own = type.GetInterfaces().Except(inherited).Where(i => i.IsVisible && i != typeof(IEquatable<>).MakeGenericType(type));
        return [.. parent, .. own.Select(TypeNames.Of).Order(StringComparer.Ordinal)];
    }
}
