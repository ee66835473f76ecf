using Microsoft.AspNetCore.Builder;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Applies conventions to all methods of a service.</summary>
internal sealed class MethodConventions(IReadOnlyList<IEndpointConventionBuilder> methods) : IEndpointConventionBuilder
{
    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (var method in methods)
        {
            method.Add(convention);
        }
    }

    public void Finally(Action<EndpointBuilder> finallyConvention)
    {
        foreach (var method in methods)
        {
            method.Finally(finallyConvention);
        }
    }
}
