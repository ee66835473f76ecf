using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Muster.Repository.PublicApi;

/// <summary>The members of a type that code outside its assembly can use, one line each.</summary>
public static class Members
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly NullabilityInfoContext Nullability = new();

    public static IEnumerable<string> Of(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        return
        [
            .. type.GetFields(Declared).Where(field => IsVisible(type, field.IsPublic, field.IsFamily || field.IsFamilyOrAssembly)).Select(Field).Order(StringComparer.Ordinal),
            .. type.GetConstructors(Declared).Where(c => IsVisible(c) && !IsSynthesized(c)).Select(Constructor).Order(StringComparer.Ordinal),
            .. type.GetProperties(Declared).Where(property => Accessors(property).Any(IsVisible)).Select(Property).Order(StringComparer.Ordinal),
            .. type.GetEvents(Declared).Where(e => IsVisible(e.AddMethod!)).Select(Event).Order(StringComparer.Ordinal),
            .. type.GetMethods(Declared).Where(IsOwnMethod).Select(Method).Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<MethodInfo> Accessors(PropertyInfo property) => property.GetAccessors(nonPublic: true).Where(IsWritten);

    /// <summary>Records get an EqualityContract; nobody wrote it.</summary>
    private static bool IsWritten(MethodInfo accessor) => accessor.Name != "get_EqualityContract";

    private static bool IsOwnMethod(MethodInfo method) =>
        IsVisible(method)
        && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
        && !IsSynthesized(method);

    private static bool IsSynthesized(MethodBase method) => method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool IsVisible(MethodBase method) =>
        IsVisible(method.DeclaringType!, method.IsPublic, method.IsFamily || method.IsFamilyOrAssembly);

    /// <summary>What is protected counts only where somebody can derive.</summary>
    private static bool IsVisible(Type type, bool isPublic, bool isProtected) => isPublic || (isProtected && !type.IsSealed);

    private static string Field(FieldInfo field)
    {
        var kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        return $"{kind}{TypeNames.Of(Nullability.Create(field))} {field.Name}{(field.IsLiteral ? " = " + Literal(field.GetRawConstantValue()) : "")}";
    }

    private static string Constructor(ConstructorInfo constructor) =>
        $"{(constructor.IsPublic ? "" : "protected ")}{constructor.DeclaringType!.Name.Split('`')[0]}({Parameters(constructor)})";

    private static string Property(PropertyInfo property)
    {
        var accessors = string.Concat(Accessors(property).Where(IsVisible).OrderBy(a => a.Name, StringComparer.Ordinal).Select(Accessor));
        var indexer = property.GetIndexParameters();
        var name = indexer.Length == 0 ? property.Name : $"this[{string.Join(", ", indexer.Select(Parameter))}]";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{Modifiers(Accessors(property).First(IsVisible))}{required}{TypeNames.Of(Nullability.Create(property))} {name} {{ {accessors}}}";
    }

    private static string Accessor(MethodInfo accessor)
    {
        var isInit = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        return isInit ? "init; " : accessor.Name.StartsWith("get_", StringComparison.Ordinal) ? "get; " : "set; ";
    }

    private static string Event(EventInfo e) =>
        $"{Modifiers(e.AddMethod!)}event {TypeNames.Of(Nullability.Create(e))} {e.Name}";

    private static string Method(MethodInfo method)
    {
        var arguments = method.IsGenericMethodDefinition
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(TypeNames.Of))}>"
            : "";
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{Modifiers(method)}{TypeNames.Of(Nullability.Create(method.ReturnParameter))} {method.Name}{arguments}({extension}{Parameters(method)})";
    }

    private static string Modifiers(MethodInfo method) =>
        (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "")
        + (method.IsStatic ? "static " : "")
        + (method.DeclaringType!.IsInterface ? ""
            : method.IsAbstract ? "abstract "
            : method.GetBaseDefinition() != method ? "override "
            : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "");

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var passing = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : "";
        return $"{passing}{TypeNames.Of(Nullability.Create(parameter))} {parameter.Name}{Default(parameter)}";
    }

    private static string Default(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
        {
            return "";
        }

        var isStruct = parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null;
        return parameter.DefaultValue is null && isStruct ? " = default" : " = " + Literal(parameter.DefaultValue);
    }

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
