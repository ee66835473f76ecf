using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Checks;
using Muster.Registry.Sessions;

namespace Muster.Registry.Api;

/// <summary>ListServices and ListInstances: reads of one snapshot.</summary>
internal sealed class ListCalls(CatalogFeed feed, LeaseKeeper leases, CheckRunner checks, MonotonicClock clock)
{
    public async Task<ListServicesResponse> ListServicesAsync(ListServicesRequest request, ApiCaller caller)
    {
        var wanted = ServiceKey.Of(request.Namespace, "").Namespace;
        if (wanted != Scopes.EveryNamespace)
        {
            Refusals.ThrowIfAny(InstanceValidator.ValidateName("namespace", wanted));
        }

        var snapshot = await feed.ReadAsync(request.MinRevision, caller.CancellationToken);
        var response = new ListServicesResponse { Token = snapshot.Token.ToWire() };
        var services = snapshot.Services.Values
            .Where(s => wanted == Scopes.EveryNamespace || s.Key.Namespace == wanted)
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

    /// <summary>Lists the instances of a service, as the message that is sent.</summary>
    public async Task<EncodedMessage> ListInstancesEncodedAsync(ListInstancesRequest request, ApiCaller caller)
    {
        Read(request, out var key, out var selector);
        var snapshot = await feed.ReadAsync(request.MinRevision, caller.CancellationToken);
        var rest = new ListInstancesResponse { Token = snapshot.Token.ToWire() };
        if (!snapshot.Services.TryGetValue(key, out var service))
        {
            return EncodedMessage.Encode(rest);
        }

        rest.ServiceKnown = true;
        rest.IsGuarded = leases.IsGuarded(key);
        var chosen = EncodedService.Of(service).Instances.Where(i => selector.Matches(i.Record)).ToList();
        var states = leases.StatesOf(chosen.Select(i => i.Record));
        var listing = new InstanceListing(rest, clock.Now);
        for (var i = 0; i < chosen.Count; i++)
        {
            var record = chosen[i].Record;
            listing.Add(chosen[i], states[i].State, record.Check is null ? null : checks.SignsOf(record.Key)?.ToWire());
        }

        return listing.Encode();
    }

    /// <summary>Lists the instances of a service.</summary>
    public async Task<ListInstancesResponse> ListInstancesAsync(ListInstancesRequest request, ApiCaller caller) =>
        ListInstancesResponse.Parser.ParseFrom((await ListInstancesEncodedAsync(request, caller)).Message.Span);

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
