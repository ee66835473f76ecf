using Microsoft.Extensions.Hosting;
using Muster.Grpc;

namespace Muster.Registry.Api;

/// <summary>Ends long streams when the node stops, so that their clients go elsewhere at once instead of holding it up.</summary>
internal sealed class Shutdown(IHostApplicationLifetime lifetime)
{
    /// <summary>Runs a stream until it ends, its client leaves, or the node stops.</summary>
    public async Task RunAsync(Func<CancellationTokenSource, Task> stream, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            await stream(ending);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the registry node is stopping; go on with another, or with this one when it is back.");
        }
    }
}
