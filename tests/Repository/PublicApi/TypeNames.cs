using System.Reflection;

namespace Muster.Repository.PublicApi;

/// <summary>Types as C# writes them.</summary>
public static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(char)] = "char",
        [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    /// <summary>With the question marks of nullable references, all the way down.</summary>
    public static string Of(NullabilityInfo info)
    {
        var type = Underlying(info.Type);
        var name = type.IsArray ? Of(info.ElementType!) + "[]"
            : Nullable.GetUnderlyingType(type) is not null ? Of(type)
            : type.IsGenericType ? Generic(type, [.. info.GenericTypeArguments.Select(Of)])
            : Of(type);
        return type is { IsValueType: false, IsGenericParameter: false } && info.ReadState == NullabilityState.Nullable ? name + "?" : name;
    }

    public static string Of(Type type)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Of(type.GetElementType()!) + "[]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        return Keywords.TryGetValue(type, out var keyword) ? keyword
            : type.IsGenericParameter ? type.Name
            : type.IsGenericType ? Generic(type, [.. type.GetGenericArguments().Select(Of)])
            : Nested(type) + type.Name;
    }

    private static Type Underlying(Type type) => type.IsByRef ? type.GetElementType()! : type;

    /// <summary>A nested type repeats the arguments of its parent; only its own belong behind its name.</summary>
    private static string Generic(Type type, string[] arguments)
    {
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0
            ? Nested(type) + type.Name
            : $"{Nested(type)}{type.Name[..tick]}<{string.Join(", ", arguments.TakeLast(int.Parse(type.Name[(tick + 1)..], null)))}>";
    }

    private static string Nested(Type type) => type.IsNested && !type.IsGenericParameter ? Of(type.DeclaringType!) + "." : "";
}
