namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>What calls go over, and to whom.</summary>
/// <param name="Name">How rows begin.</param>
/// <param name="IsGrpc">By Muster.Grpc; else by <see cref="HttpClient"/>.</param>
/// <param name="IsInMemory">Over the cheapest transport; else over loopback.</param>
/// <param name="Ports">The instances.</param>
internal sealed record Wire(string Name, bool IsGrpc, bool IsInMemory, IReadOnlyList<int> Ports)
{
    /// <summary>A transport of its own.</summary>
    public HttpMessageHandler NewTransport() => IsInMemory
        ? new MemoryTransport(IsGrpc)
        : new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
}
