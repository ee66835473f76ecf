namespace Muster.Core.Model;

/// <summary>One port of an instance.</summary>
/// <param name="Name">Unique within the instance; <see cref="DefaultName"/> for the first where it has no other.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Protocol">What it speaks.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record Endpoint(string Name, string Scheme, EndpointProtocol Protocol, int Port)
{
    /// <summary>The name of an endpoint that has no other.</summary>
    public const string DefaultName = "default";
}
