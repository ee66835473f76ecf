using Microsoft.AspNetCore.Http;
using Muster.Client;
using Muster.Core;

namespace Muster.AspNetCore;

/// <summary>What an app tells its callers of its load, and how.</summary>
/// <remarks>Checked as a whole when the app starts: an option that is out of its range stops it with a message that names all of
/// them.</remarks>
public sealed record MusterLoadReportsOptions
{
    /// <summary>Measures load.</summary>
    /// <value>Default null: the source of the first announcement that names one, else the process's own CPU.</value>
    public ILoadSource? LoadSource { get; init; }

    /// <summary>Whether the app answers probes: <c>GET</c> or <c>HEAD</c> of <c>/.well-known/muster/load</c>, with a load report and
    /// nothing else.</summary>
    /// <value>Default true. Callers that use probes find out by themselves where there are none.</value>
    public bool AnswerProbes { get; init; } = true;

    /// <summary>Says of a request whether it is a stream: one that runs as long as its caller listens. Asked when it comes.</summary>
    /// <value>Default null: streams are gRPC methods that <c>Muster.Grpc.AspNetCore</c> serves and that stream either way,
    /// <c>text/event-stream</c> and WebSockets. What this says is added to those. Must be quick and must not throw.</value>
    /// <remarks>Streams are counted apart (<c>streams</c>), not among the requests in flight, and their latency says nothing.</remarks>
    public Func<HttpContext, bool>? IsStream { get; init; }

    /// <summary>For how long a request's latency counts.</summary>
    /// <value>Default 3 s. Allowed: 100 ms to 1 min. Shorter forgets sooner that the app was slow, so callers come back sooner; longer
    /// has a figure also where requests are few.</value>
    public TimeSpan LatencyWindow { get; init; } = Limits.LatencyWindowDefault;

    /// <summary>The shortest interval of reports out of band; a caller that asks for a shorter one gets this.</summary>
    /// <value>Default 1 s. Allowed: 100 ms to 10 min.</value>
    public TimeSpan OutOfBandInterval { get; init; } = Limits.OutOfBandIntervalDefault;

    /// <summary>Streams of reports out of band that the app serves at a time; the next caller is told RESOURCE_EXHAUSTED.</summary>
    /// <value>Default 1,000. Allowed: 1 to 100,000.</value>
    public int OutOfBandStreamsMax { get; init; } = Limits.OutOfBandStreamsDefault;

    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    internal void Validate() => OptionChecks.ThrowIfAny(
        "load report",
    [
        OptionChecks.Range(nameof(LatencyWindow), LatencyWindow, Limits.LatencyWindowMin, Limits.LatencyWindowMax),
        OptionChecks.Range(
            nameof(OutOfBandInterval), OutOfBandInterval, Limits.OutOfBandIntervalMin, Limits.OutOfBandIntervalMax),
        OptionChecks.Range(nameof(OutOfBandStreamsMax), OutOfBandStreamsMax, 1, Limits.OutOfBandStreamsMax),
    ]);
}
