using Muster.Client.Telemetry;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>The connections to one endpoint of one instance.</summary>
/// <remarks>Thread-safe. Owned by its <see cref="Picking.Member"/>.</remarks>
/// <param name="endpoint">The endpoint.</param>
/// <param name="connectTimeout">How long a connection may take to be made.</param>
/// <param name="connector">Makes them.</param>
/// <param name="telemetry">Counts them.</param>
/// <param name="transport">What calls go over instead, where something stands in for the network; null is the network.</param>
internal sealed class InstanceConnections(
    Endpoint endpoint, TimeSpan connectTimeout, InstanceConnector connector, FleetTelemetry telemetry, HttpMessageHandler? transport) : IDisposable
{
    // A dead peer behind a silent network shows after 40 s, on idle connections too.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    // Longer than the pauses of ordinary traffic, so that a fleet of a hundred is not reconnected to all day.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);

    private readonly HttpMessageInvoker _invoker = new(transport ?? CreateHandler(connector, telemetry), disposeHandler: true);

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

    /// <summary>Whether no connection was made yet, nor is being made.</summary>
    public bool IsCold => connector.IsCold;

    /// <summary>Makes one before the first call needs it.</summary>
    /// <param name="delay">Not all at once.</param>
    public void WarmUp(TimeSpan delay) => connector.WarmUp(delay);

    public void Dispose()
    {
        _invoker.Dispose();
        connector.Dispose();
    }

    /// <summary>Speaks HTTP over connections that the connector makes.</summary>
    private static SocketsHttpHandler CreateHandler(InstanceConnector connector, FleetTelemetry telemetry) => new()
    {
        ConnectCallback = new ConnectionMeter(telemetry, connector.ConnectAsync).ConnectAsync,
        // The connector has one of its own, which does not count the wait for its turn.
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        // Without it the 101st stream waits for one of the first hundred to end.
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = PingDelay,
        KeepAlivePingTimeout = PingTimeout,
        PooledConnectionIdleTimeout = IdleTimeout,
        // What a proxy, a cookie or a redirect does belongs to the logical name, not to one of its instances.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };
}
