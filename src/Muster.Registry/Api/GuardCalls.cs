using Muster.Core.Model;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;
using Muster.Registry.Sessions;

namespace Muster.Registry.Api;

/// <summary>Guard: what the mass-expiry guard holds back, and its end on an operator's word.</summary>
internal sealed class GuardCalls(LeaseKeeper leases)
{
    public Task<GuardResponse> GuardAsync(GuardRequest request, GrpcServerContext context)
    {
        ServiceKey? service = request.Service.Length == 0 ? null : ServiceKey.Of(request.Namespace, request.Service);
        if (service is { } key)
        {
            Refusals.ThrowIfAny(InstanceValidator.ValidateName("namespace", key.Namespace)
                ?? InstanceValidator.ValidateName("service", key.Name));
        }

        var held = leases.Guarded.Where(g => service is null || g == service).ToList();
        if (request.Release)
        {
            leases.ReleaseGuard(service);
        }

        var response = new GuardResponse();
        response.Held.Add(held.Select(g => new GuardedService { Namespace = g?.Namespace ?? "", Service = g?.Name ?? "" }));
        return Task.FromResult(response);
    }
}
