namespace Muster.Core.Model;

/// <summary>One instance of a service.</summary>
/// <param name="Service">The service it offers.</param>
/// <param name="Id">Unique within the service.</param>
public readonly record struct InstanceKey(ServiceKey Service, string Id)
{
    /// <inheritdoc />
    public override string ToString() => $"{Service}/{Id}";
}
