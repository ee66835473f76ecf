using Muster.Core.Model;
using Muster.Protocol.V1;
using Muster.Registry.Sessions;

namespace Muster.Registry.Api;

/// <summary>Guard: what the mass-expiry guard holds back, and its end on an operator's word.</summary>
internal sealed class GuardCalls(LeaseKeeper leases)
{
    public Task<GuardResponse> GuardAsync(GuardRequest request, ApiCaller caller)
    {
        ServiceKey? service = request.Service.Length == 0 ? null : ServiceKey.Of(request.Namespace, request.Service);
        if (service is { } key)
        {
            Refusals.ThrowIfAny(InstanceValidator.ValidateService(key));
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

    /// <summary>Without a change, whatever the request says.</summary>
    public Task<GuardResponse> LookAsync(GuardRequest request, ApiCaller caller)
    {
        request.Release = false;
        return GuardAsync(request, caller);
    }

    /// <summary>With the release, whatever the request says.</summary>
    public Task<GuardResponse> ReleaseAsync(GuardRequest request, ApiCaller caller)
    {
        request.Release = true;
        return GuardAsync(request, caller);
    }
}
