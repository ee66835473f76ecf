namespace Muster.Client.Http;

/// <summary>What a handler asks of a service; handlers that ask the same share one balancer, so that its sequence goes on when
/// handlers are replaced.</summary>
internal sealed record BalancerKey(string Policy, string Selector, string? EndpointName, string Scheme, TimeSpan ConnectTimeout)
{
    /// <summary>What an instance must offer, for error messages.</summary>
    public string Demand
    {
        get
        {
            var endpoint = EndpointName is null ? $"{Scheme} at their default endpoint" : $"an endpoint '{EndpointName}' with {Scheme}";
            return Selector.Length == 0 ? endpoint : $"{endpoint} and match '{Selector}'";
        }
    }
}
