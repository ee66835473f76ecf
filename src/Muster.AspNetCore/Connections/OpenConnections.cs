using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Muster.AspNetCore.Connections;

/// <summary>The connections that have brought a request and are still open.</summary>
/// <remarks>Thread-safe. Holds one entry for each connection that the server holds, which bounds it; it leaves with its
/// connection. Servers that do not show their connections (in-memory test servers) have none.</remarks>
/// <param name="ages">How old they may become; null if they do not age.</param>
/// <param name="drain">Ends them.</param>
/// <param name="isDrained">Whether the app has a drain; without one, and without ages, there is nothing to keep.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class OpenConnections(
    ConnectionAges? ages, DrainState drain, bool isDrained, TimeProvider timeProvider, ILogger<OpenConnections> logger)
{
    // By identity: Kestrel has one such feature object for each connection, shared by all its requests.
    private readonly ConcurrentDictionary<IConnectionLifetimeFeature, OpenConnection> _open = new(ReferenceEqualityComparer.Instance);

    public TimeSpan? Grace => ages?.Grace;

    /// <summary>How many there are.</summary>
    public int Count => _open.Count;

    /// <summary>The connection of a request; null where none is kept.</summary>
    public OpenConnection? Of(HttpContext context)
    {
        if ((ages is null && !isDrained) || context.Features.Get<IConnectionLifetimeFeature>() is not { } lifetime)
        {
            return null;
        }

        return _open.TryGetValue(lifetime, out var known) ? known : Add(context, lifetime);
    }

    public void Remove(IConnectionLifetimeFeature lifetime) => _open.TryRemove(lifetime, out _);

    public void OnCut(int running) => LogCut(running, Grace ?? TimeSpan.Zero);

    private OpenConnection Add(HttpContext context, IConnectionLifetimeFeature lifetime)
    {
        var isHttp2 = !HttpProtocol.IsHttp11(context.Request.Protocol) && !HttpProtocol.IsHttp10(context.Request.Protocol);
        var added = new OpenConnection(
            this, lifetime, context.Features.Get<IConnectionLifetimeNotificationFeature>(), isHttp2, timeProvider);

        // The first two requests of a connection may come at once; one of them starts it.
        var connection = _open.GetOrAdd(lifetime, added);
        if (ReferenceEquals(connection, added))
        {
            connection.Start(ages?.Next(), drain.Announced);
        }

        return connection;
    }

    [LoggerMessage(LogEventIds.ConnectionCut, LogLevel.Debug, "A connection past its age is cut with {Running} requests that still run {Grace} after it was told to go")]
    private partial void LogCut(int running, TimeSpan grace);
}
