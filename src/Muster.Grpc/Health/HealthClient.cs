using System.Runtime.CompilerServices;
using Muster.Grpc.Health;
using Muster.Grpc.Health.Protos;

namespace Muster.Grpc;

/// <summary>Asks any gRPC server for its health by the standard protocol, <c>grpc.health.v1</c>.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="client">Sends the calls.</param>
public sealed class HealthClient(GrpcClient client)
{
    /// <summary>Asks once.</summary>
    /// <param name="service">The full name of a gRPC service; empty asks for the server as a whole.</param>
    /// <param name="options">Deadline and cancellation.</param>
    /// <returns>The status; <see cref="HealthStatus.ServiceUnknown"/> if the server does not know the
    /// service.</returns>
    /// <exception cref="RpcException">The call failed. <see cref="StatusCode.Unimplemented"/>: the server does not
    /// offer health checks.</exception>
    public async Task<HealthStatus> CheckAsync(string service = "", GrpcCallOptions options = default)
    {
        try
        {
            var response = await client.UnaryAsync(
                HealthMethods.Check, new HealthCheckRequest { Service = service }, options)
                .ConfigureAwait(false);
            return ToStatus(response);
        }
        catch (RpcException e) when (e.Code == StatusCode.NotFound)
        {
            return HealthStatus.ServiceUnknown;
        }
    }

    /// <summary>Reads the status now, and again whenever it changes, until the caller stops or the call
    /// fails.</summary>
    /// <param name="service">The full name of a gRPC service; empty asks for the server as a whole.</param>
    /// <param name="options">Deadline and cancellation of the whole stream.</param>
    /// <param name="cancellationToken">Ends the stream with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="RpcException">The call failed.</exception>
    public async IAsyncEnumerable<HealthStatus> WatchAsync(
        string service = "",
        GrpcCallOptions options = default,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = client.ServerStreaming(HealthMethods.Watch, new HealthCheckRequest { Service = service }, options);
        await using (call.ConfigureAwait(false))
        {
            while (await call.ReadAsync(cancellationToken).ConfigureAwait(false) is { } response)
            {
                yield return ToStatus(response);
            }
        }
    }

    private static HealthStatus ToStatus(HealthCheckResponse response) => (HealthStatus)(int)response.Status;
}
