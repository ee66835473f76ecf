using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Muster.Core.Model;
using Muster.Registry.Sessions;

namespace Muster.Registry.Api.Http;

/// <summary>The instances as Prometheus' HTTP service discovery wants them.</summary>
internal sealed class PrometheusTargets(CatalogFeed feed, LeaseKeeper leases)
{
    private const string EveryNamespace = "*";

    /// <summary>One group an instance, because each has labels of its own.</summary>
    public string Build(HttpContext http)
    {
        var wantedNamespace = http.Request.Query["namespace"].ToString() is { Length: > 0 } text ? text : EveryNamespace;
        var wantedService = http.Request.Query["service"].ToString();
        var groups = new JsonArray();
        var services = feed.Current.Services.Values
            .Where(s => (wantedNamespace == EveryNamespace || s.Key.Namespace == wantedNamespace)
                && (wantedService.Length == 0 || s.Key.Name == wantedService))
            .OrderBy(s => s.Key, ServiceKey.Order);
        foreach (var service in services)
        {
            var instances = service.Instances.Values.OrderBy(i => i.Key.Id, StringComparer.Ordinal);
            foreach (var (record, state) in leases.StatesOf(instances))
            {
                groups.Add((JsonNode)Group(record, InstanceStatuses.Derive(record.Intent, state.Liveness, state.ShownHealth)));
            }
        }

        return groups.ToJsonString();
    }

    private static JsonObject Group(InstanceRecord record, InstanceStatus status)
    {
        var labels = new JsonObject
        {
            ["__meta_muster_namespace"] = record.Key.Service.Namespace,
            ["__meta_muster_service"] = record.Key.Service.Name,
            ["__meta_muster_instance"] = record.Key.Id,
            ["__meta_muster_status"] = status.ToString().ToUpperInvariant(),
            ["__meta_muster_zone"] = record.Zone,
            ["__meta_muster_weight"] = record.Weight.ToString(CultureInfo.InvariantCulture),
            ["__scheme__"] = record.Default.Scheme,
        };
        foreach (var endpoint in record.Endpoints)
        {
            labels[$"__meta_muster_port_{LabelPart(endpoint.Name)}"] = endpoint.Port.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (key, value) in record.Metadata)
        {
            labels[$"__meta_muster_metadata_{LabelPart(key)}"] = value;
        }

        return new JsonObject { ["targets"] = new JsonArray(record.Address), ["labels"] = labels };
    }

    /// <summary>Label names are letters, digits and underscores.</summary>
    private static string LabelPart(string text)
    {
        var part = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            part.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        return part.ToString();
    }
}
