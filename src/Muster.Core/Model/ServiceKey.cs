namespace Muster.Core.Model;

/// <summary>A service: a name within a namespace.</summary>
/// <param name="Namespace">Never empty; <see cref="DefaultNamespace"/> unless chosen.</param>
/// <param name="Name">The service's name.</param>
public readonly record struct ServiceKey(string Namespace, string Name)
{
    /// <summary>The namespace of those who name none.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>By namespace, then by name; ordinal.</summary>
    public static readonly IComparer<ServiceKey> Order = Comparer<ServiceKey>.Create(static (a, b) =>
        string.CompareOrdinal(a.Namespace, b.Namespace) is var byNamespace && byNamespace != 0
            ? byNamespace
            : string.CompareOrdinal(a.Name, b.Name));

    /// <summary>A service in the default namespace.</summary>
    /// <param name="name">The service's name.</param>
    public static ServiceKey Default(string name) => new(DefaultNamespace, name);

    /// <summary>A service in a namespace that may be left empty, which means the default one.</summary>
    public static ServiceKey Of(string? serviceNamespace, string name) =>
        new(string.IsNullOrEmpty(serviceNamespace) ? DefaultNamespace : serviceNamespace, name);

    /// <summary><c>name</c> in the default namespace, <c>namespace/name</c> elsewhere.</summary>
    public override string ToString() => Namespace == DefaultNamespace ? Name : $"{Namespace}/{Name}";
}
