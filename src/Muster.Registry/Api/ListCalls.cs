using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Checks;
using Muster.Registry.Sessions;

namespace Muster.Registry.Api;

/// <summary>ListServices and ListInstances: reads of one snapshot.</summary>
internal sealed class ListCalls(CatalogFeed feed, LeaseKeeper leases, CheckRunner checks, MonotonicClock clock)
{
    private const string EveryNamespace = "*";

    public async Task<ListServicesResponse> ListServicesAsync(ListServicesRequest request, ApiCaller caller)
    {
        var wanted = ServiceKey.Of(request.Namespace, "").Namespace;
        if (wanted != EveryNamespace)
        {
            Refusals.ThrowIfAny(InstanceValidator.ValidateName("namespace", wanted));
        }

        var snapshot = await feed.ReadAsync(request.MinRevision, caller.CancellationToken);
        var response = new ListServicesResponse { Token = snapshot.Token.ToWire() };
        var services = snapshot.Services.Values
            .Where(s => wanted == EveryNamespace || s.Key.Namespace == wanted)
            .OrderBy(s => s.Key, ServiceKey.Order);
        response.Services.Add(services.Select(Summarize));
        return response;
    }

    /// <summary>Reads what is to be listed.</summary>
    /// <exception cref="Grpc.RpcException">InvalidArgument: a name or the selector is not one.</exception>
    public static void Read(ListInstancesRequest request, out ServiceKey key, out MetadataSelector selector)
    {
        key = ServiceKey.Of(request.Namespace, request.Service);
        Refusals.ThrowIfAny(InstanceValidator.ValidateService(key));
        Refusals.ThrowIfAny(MetadataSelector.TryParse(request.Selector, out selector));
    }

    public async Task<ListInstancesResponse> ListInstancesAsync(ListInstancesRequest request, ApiCaller caller)
    {
        Read(request, out var key, out var selector);
        var snapshot = await feed.ReadAsync(request.MinRevision, caller.CancellationToken);
        var response = new ListInstancesResponse { Token = snapshot.Token.ToWire() };
        if (!snapshot.Services.TryGetValue(key, out var service))
        {
            return response;
        }

        response.ServiceKnown = true;
        response.IsGuarded = leases.IsGuarded(key);
        var chosen = service.Instances.Values.Where(selector.Matches).OrderBy(i => i.Key.Id, StringComparer.Ordinal);
        var now = clock.Now;
        foreach (var (record, state) in leases.StatesOf(chosen))
        {
            response.Instances.Add(new InstanceState
            {
                Instance = record.ToWire(),
                Soft = state.ToWire(record.Key.Id, now),
                Check = record.Check is null ? null : checks.SignsOf(record.Key)?.ToWire(),
            });
        }

        return response;
    }

    private ServiceSummary Summarize(ServiceSnapshot service)
    {
        var states = leases.StatesOf(service.Instances.Values);
        return new ServiceSummary
        {
            Namespace = service.Key.Namespace,
            Service = service.Key.Name,
            Instances = states.Count,
            Healthy = states.Count(s =>
                InstanceStatuses.Derive(s.Record.Intent, s.State.Liveness, s.State.ShownHealth) == InstanceStatus.Healthy),
            Revision = service.Revision.Value,
            IsGuarded = leases.IsGuarded(service.Key),
        };
    }
}
