using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Discovery;

namespace Muster.Client.Http;

/// <summary>Creates handlers that share connections and statistics.</summary>
internal sealed class HandlerFactory(IServiceDirectory directory, MusterClientOptions options, ILoggerFactory loggers)
    : IAsyncDisposable
{
    public HttpMessageHandler Create(BalancingOptions balancing) =>
        throw new NotImplementedException($"{directory}{options}{loggers}{balancing}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
