using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>The connections to one endpoint of one instance.</summary>
/// <remarks>Thread-safe. Owned by its <see cref="Picking.Member"/>.</remarks>
/// <param name="endpoint">The endpoint.</param>
/// <param name="connectTimeout">How long a connection may take to be made.</param>
/// <param name="connector">Makes them.</param>
/// <param name="transport">What calls go over instead, where something stands in for the network; null is the network.</param>
internal sealed class InstanceConnections(
    Endpoint endpoint, TimeSpan connectTimeout, InstanceConnector connector, HttpMessageHandler? transport) : IDisposable
{
    // A dead peer behind a silent network shows after 40 s, on idle connections too.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _invoker = new(transport ?? CreateHandler(connector), disposeHandler: true);

    public Endpoint Endpoint => endpoint;

    public TimeSpan ConnectTimeout => connectTimeout;

    /// <summary>For calls that are not the application's.</summary>
    public HttpMessageInvoker Invoker => _invoker;

    /// <summary>Sends a request. What goes wrong is in the task, always.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return _invoker.SendAsync(request, cancellationToken);
        }
        catch (Exception e)
        {
            return Task.FromException<HttpResponseMessage>(e);
        }
    }

    /// <inheritdoc cref="InstanceConnector.IsCold"/>
    public bool IsCold(TimeSpan now) => connector.IsCold(now);

    /// <inheritdoc cref="InstanceConnector.WarmUp"/>
    public void WarmUp(TimeSpan now, TimeSpan delay) => connector.WarmUp(now, delay);

    public void Dispose()
    {
        _invoker.Dispose();
        connector.Dispose();
    }

    /// <summary>Speaks HTTP over connections that the connector makes.</summary>
    internal static SocketsHttpHandler CreateHandler(InstanceConnector connector) => new()
    {
        ConnectCallback = connector.ConnectAsync,
        // The connector has one of its own, which does not count the wait for its turn.
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        // Without it the 101st stream waits for one of the first hundred to end.
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = PingDelay,
        KeepAlivePingTimeout = PingTimeout,
        // Whoever closes an idle connection must be this side: a POST that crosses with the server's end of it fails, because nobody
        // can tell whether it ran.
        PooledConnectionIdleTimeout = Limits.InstanceConnectionIdleMax,
        // What a proxy, a cookie or a redirect does belongs to the logical name, not to one of its instances.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };
}
