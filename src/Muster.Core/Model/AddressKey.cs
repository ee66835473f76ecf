namespace Muster.Core.Model;

/// <summary>What a record is stored under: an address is held by one instance of a service at a time, so no address
/// is ever listed twice.</summary>
/// <param name="Service">The service.</param>
/// <param name="Host">IP address or host name.</param>
/// <param name="Port">The port of the default endpoint.</param>
public readonly record struct AddressKey(ServiceKey Service, string Host, int Port)
{
    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public string Address => HostPort.Format(Host, Port);

    /// <inheritdoc />
    public override string ToString() => $"{Service} at {Address}";
}
