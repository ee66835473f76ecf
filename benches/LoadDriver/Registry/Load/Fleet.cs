using System.Net;
using Muster.Bench.LoadDriver.Http2;
using Muster.Bench.LoadDriver.Registry.Systems;

namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Connections to one server, with callers on them.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly List<FrameConnection> _connections = [];

    private Fleet()
    {
    }

    public IReadOnlyList<FrameConnection> Connections => _connections;

    public static async Task<Fleet> ConnectAsync(IPEndPoint endPoint, int connections, CancellationToken cancellationToken)
    {
        var fleet = new Fleet();
        for (var i = 0; i < connections; i++)
        {
            fleet._connections.Add(await FrameConnection.ConnectAsync(endPoint, cancellationToken));
        }

        return fleet;
    }

    /// <summary>Lets callers work on each connection until the work ends.</summary>
    public Task CallAsync(int callersEach, Func<IExchange> exchange, Work work)
    {
        var callers = new List<Caller>();
        foreach (var connection in _connections)
        {
            for (var i = 0; i < callersEach; i++)
            {
                var caller = new Caller(exchange(), work);
                callers.Add(caller);
                caller.Begin(connection);
            }

            connection.Flush();
        }

        return Task.WhenAll(callers.Select(c => c.Finished));
    }

    /// <summary>Holds one conversation on each connection until the work ends.</summary>
    public Task ConverseAsync(string path, Func<int, Conversation> conversation)
    {
        var held = new List<Conversation>();
        foreach (var connection in _connections)
        {
            var next = conversation(held.Count);
            held.Add(next);
            next.Begin(connection, path);
            connection.Flush();
        }

        return Task.WhenAll(held.Select(c => c.Finished));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }
}
