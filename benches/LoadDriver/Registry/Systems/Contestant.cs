using Muster.Bench.LoadDriver.Registry.Load;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary>One side of a comparison: a running server, and how it is spoken to.</summary>
internal sealed class Contestant(ServerProgram server, IDialect dialect) : IAsyncDisposable
{
    public ServerProgram Server => server;

    public IDialect Dialect => dialect;

    public static async Task<Contestant> MusterAsync(CancellationToken cancellationToken, bool isGuarded = true) =>
        await StartAsync(new MusterProgram(isGuarded), new MusterDialect(), cancellationToken);

    public static async Task<Contestant> EtcdAsync(CancellationToken cancellationToken) =>
        await StartAsync(new EtcdProgram(), new EtcdDialect(), cancellationToken);

    /// <summary>Registers so many instances, each with a lease of its own.</summary>
    /// <returns>Their leases.</returns>
    public async Task<long[]> FillAsync(int instances, int ttlSeconds, CancellationToken cancellationToken)
    {
        var leases = new long[instances];
        await using var fleet = await Fleet.ConnectAsync(server.EndPoint, 8, cancellationToken);
        await fleet.CallAsync(16, () => dialect.NewRegistration(ttlSeconds), Work.Of(instances, n => n, (n, lease) => leases[n] = lease))
            .WaitAsync(cancellationToken);
        return leases;
    }

    /// <summary>How many instances the server has, by its own word.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        await using var fleet = await Fleet.ConnectAsync(server.EndPoint, 1, cancellationToken);
        var count = 0L;
        await fleet.CallAsync(1, dialect.NewCount, Work.Of(1, _ => 0, (_, result) => count = result)).WaitAsync(cancellationToken);
        return count;
    }

    /// <summary>Looks a service up, again and again until the server answers.</summary>
    public async Task LookUpAsync(int service, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var fleet = await Fleet.ConnectAsync(server.EndPoint, 1, cancellationToken);
                await fleet.CallAsync(1, dialect.NewLookup, Work.Of(1, _ => service)).WaitAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (e is InvalidOperationException or System.Net.Sockets.SocketException)
            {
                await Task.Delay(2, cancellationToken);
            }
        }
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task<Contestant> StartAsync(ServerProgram server, IDialect dialect, CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return new Contestant(server, dialect);
    }
}
