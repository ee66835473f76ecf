using Muster.Client.Picking;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.Orca;

namespace Muster.Client.Http;

/// <summary>Listens to load reports out of band: ORCA's <c>StreamCoreMetrics</c>, one stream for each instance that is called.</summary>
/// <remarks>
/// Thread-safe. A stream starts with the first call to its instance and goes on whether or not more follow, over the same connections
/// (gRFC A51). An instance that answers UNIMPLEMENTED is not asked again; after any other end it is, with the connection back-off of gRPC,
/// which starts anew with each report. Bounded by the instances of the service; ends with the instance.
/// </remarks>
internal sealed class ReportStreams(Balancer balancer, string host, TimeSpan interval)
{
    private static readonly TimeSpan BackoffMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(120);
    private const double BackoffFactor = 1.6;
    private const double Jitter = 0.2;

    /// <summary>An instance is called.</summary>
    public void OnCalled(Target target)
    {
        if (target.Member.TryBeginReports())
        {
            _ = RunAsync(target);
        }
    }

    /// <summary>Listens until the instance has left, or says that it has no such service.</summary>
    internal async Task RunAsync(Target target)
    {
        var (fleet, backoff) = (balancer.Fleet, BackoffMin);
        try
        {
            while (!target.Member.Retired.IsCancellationRequested)
            {
                try
                {
                    await ListenAsync(target, () => backoff = BackoffMin).ConfigureAwait(false);
                }
                catch (RpcException e) when (e.Code != StatusCode.Unimplemented)
                {
                    // It is away, or has had enough: try again later.
                }

                var jitter = 1 - Jitter + (2 * Jitter * fleet.Random.NextDouble());
                await Task.Delay(backoff * jitter, fleet.TimeProvider, target.Member.Retired).ConfigureAwait(false);
                backoff = backoff * BackoffFactor < BackoffMax ? backoff * BackoffFactor : BackoffMax;
            }
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            // It has no such service, or has left.
        }
    }

    private async Task ListenAsync(Target target, Action onReport)
    {
        var address = new UriBuilder(balancer.Key.Scheme, host).Uri;
        var client = new GrpcClient(
            target.Connections.Invoker, address, new GrpcClientOptions { TimeProvider = balancer.Fleet.TimeProvider });
        var request = new OrcaLoadReportRequest
        {
            ReportInterval = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(interval),
        };
        var call = client.ServerStreaming(
            OrcaMethods.StreamCoreMetrics, request, new GrpcCallOptions { CancellationToken = target.Member.Retired });
        await using (call.ConfigureAwait(false))
        {
            await foreach (var report in call.ReadAllAsync(target.Member.Retired).ConfigureAwait(false))
            {
                target.Member.Statistics.OnReport(report.ToCore(), balancer.Fleet.TimeProvider.Now());
                onReport();
            }
        }
    }
}
