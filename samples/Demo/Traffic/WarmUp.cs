using System.Collections.Immutable;
using Muster.Grpc;
using Muster.Samples.Shared.Calls;

namespace Muster.Samples.Demo.Traffic;

/// <summary>Calls that are made before the measured ones.</summary>
/// <remarks>The first call of a process compiles what it runs, which takes a second on a small machine where nine processes
/// start at once. That says nothing about what the demo shows, so it happens before the clock starts; from then on every call
/// counts.</remarks>
internal static class WarmUp
{
    // Each policy reaches each of three instances among so many calls, as good as surely.
    private const int CallsPerKind = 20;

    /// <summary>Calls each kind until enough calls have succeeded.</summary>
    /// <exception cref="DemoException">A service still fails when most calls should long have succeeded.</exception>
    public static Task RunAsync(ImmutableArray<TrafficKind> kinds, SampleClient client, CancellationToken cancellationToken) =>
        Task.WhenAll(kinds.Select(kind => RunAsync(kind, client, cancellationToken)));

    private static async Task RunAsync(TrafficKind kind, SampleClient client, CancellationToken cancellationToken)
    {
        var failures = 0;
        for (var call = 1; call <= CallsPerKind; call++)
        {
            try
            {
                await kind.Call(client, call, cancellationToken);
            }
            catch (RpcException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (RpcException error) when (++failures > CallsPerKind / 2)
            {
                throw new DemoException($"{kind.Service} does not work: {StatusText.Of(error)}");
            }
            catch (RpcException)
            {
                // Too slow for its deadline while everything starts; the next one is quicker.
            }
        }
    }
}
