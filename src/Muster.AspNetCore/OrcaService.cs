using Google.Protobuf.WellKnownTypes;
using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Protocol.Orca;

namespace Muster.AspNetCore;

/// <summary><c>xds.service.orca.v3.OpenRcaService</c>: load reports at an interval, whether there are calls or not.</summary>
/// <remarks>Thread-safe. A caller that reads slowly gets fewer reports, and always the newest.</remarks>
internal sealed class OrcaService(
    LoadReporter reporter, MusterLoadReportsOptions options, TimeProvider timeProvider, CancellationToken stopping) : IGrpcService
{
    private int _streams;

    public void Bind(GrpcServiceBinder binder) => binder.ServerStreaming(OrcaMethods.StreamCoreMetrics, StreamAsync);

    private async Task StreamAsync(
        OrcaLoadReportRequest request, IResponseWriter<OrcaLoadReport> responses, GrpcServerContext context)
    {
        var interval = IntervalOf(request.ReportInterval);
        if (Interlocked.Increment(ref _streams) > options.OutOfBandStreamsMax)
        {
            Interlocked.Decrement(ref _streams);
            throw new RpcException(
                StatusCode.ResourceExhausted,
                $"This server has {options.OutOfBandStreamsMax} streams of load reports, which is all it may have ({nameof(options.OutOfBandStreamsMax)}).");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, context.CancellationToken);
        try
        {
            while (true)
            {
                await responses.WriteAsync(reporter.Current.ToWire(), end.Token).ConfigureAwait(false);
                await Task.Delay(interval, timeProvider, end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (
            stopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "The server is stopping.");
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    // Too short a wish is raised, as everywhere in the field; too long a one is cut, so that the timer can hold it.
    private TimeSpan IntervalOf(Duration? wish)
    {
        if (wish is null)
        {
            return options.OutOfBandInterval;
        }

        if (wish.Seconds < 0 || wish.Nanos is < 0 or > 999_999_999)
        {
            var violation = new Violation(
                "report_interval", $"{wish.Seconds} s and {wish.Nanos} ns",
                "0 s or more and 0 to 999999999 ns are allowed, and 0 asks for the shortest");
            throw new RpcException(StatusCode.InvalidArgument, $"{violation}");
        }

        if (wish.Seconds >= Limits.OutOfBandIntervalMax.TotalSeconds)
        {
            return Limits.OutOfBandIntervalMax;
        }

        var interval = TimeSpan.FromSeconds(wish.Seconds) + TimeSpan.FromMicroseconds(wish.Nanos / 1000);
        return interval < options.OutOfBandInterval ? options.OutOfBandInterval : interval;
    }
}
