using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>A handler's routes by the host of the URI.</summary>
/// <remarks>Thread-safe. Bounded by the services that the client may watch.</remarks>
internal sealed class RouteTable(
    HandlerFactory factory, BalancingOptions options, MetadataSelector selector, TimeProvider timeProvider, ILogger log)
{
    private readonly ConcurrentDictionary<(string Host, bool Secure), ServiceRoute> _routes = new();

    // Nearly every handler calls one service: comparing one string is cheaper than hashing it.
    private volatile ServiceRoute? _last;

    /// <summary>The route to the service that the URI's host names.</summary>
    public ServiceRoute Find(Uri uri)
    {
        var (host, secure) = (uri.Host, uri.Scheme == Uri.UriSchemeHttps);
        return _last is { } last && last.Secure == secure && last.Host == host ? last : Look(host, secure);
    }

    private ServiceRoute Look(string host, bool secure)
    {
        if (!_routes.TryGetValue((host, secure), out var route))
        {
            route = _routes.GetOrAdd((host, secure), Add(host, secure));
        }

        _last = route;
        return route;
    }

    private ServiceRoute Add(string host, bool secure)
    {
        var scheme = secure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        var key = new BalancerKey(
            options.Policy, new SelectorKey(selector), SelectorKey.None, options.EndpointName, scheme, options.ConnectTimeout);
        key = key with
        {
            Split = Split(options.Split),
            SubsetSize = options.SubsetSize,
            ZonePreference = options.ZonePreference,
            WarmUp = options.WarmUp,
        };
        var fleet = factory.GetFleet(new ServiceKey(options.Namespace, host));
        var shadow = options.ShadowPolicy is { } policy ? Shadow.Of(fleet, key, policy, host) : null;
        return new ServiceRoute(host, secure, fleet.GetBalancer(key), shadow, options, timeProvider, log);
    }

    // Its selector was read before, when the options were checked.
    private static SplitKey? Split(TrafficSplit? split) =>
        split is not null && MetadataSelector.TryParse(split.Selector, out var selector) is null
            ? new SplitKey(new SelectorKey(selector), split.Percent / 100)
            : null;
}
