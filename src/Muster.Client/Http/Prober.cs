using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Client.Http;

/// <summary>Sends the probes that a policy asks for: small requests that an instance answers with its load report.</summary>
/// <remarks>
/// Thread-safe. A probe goes over the same connections as calls, and nobody waits for it. Bounded: <see cref="InFlightMax"/> at a time,
/// those beyond are dropped. An instance that does not answer them in the way of Muster's middleware is asked once more after
/// <see cref="Member.ProbePause"/>: it may be another program, whose logs should not fill with requests for a path it does not have.
/// <para>A failed probe is nobody's failure: a call finds out soon enough.</para>
/// </remarks>
internal sealed class Prober
{
    internal const int InFlightMax = 64;

    // An answer that takes longer says nothing of now.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly Balancer _balancer;
    private readonly TimeProvider _timeProvider;
    private readonly Uri _uri;
    private int _inFlight;

    public Prober(Balancer balancer, string host)
    {
        _balancer = balancer;
        _timeProvider = balancer.Fleet.TimeProvider;
        _uri = new UriBuilder(balancer.Key.Scheme, host) { Path = LoadMetadata.ProbePath }.Uri;
    }

    /// <summary>Sends what the policy wants probed, after a pick.</summary>
    public void OnPicked(TimeSpan now)
    {
        var targets = default(Targets);
        var count = _balancer.ChooseProbes(now, targets);
        for (var i = 0; i < count; i++)
        {
            if (targets[i].Member.MayProbe(now) && TryBegin())
            {
                _ = ProbeAsync(targets[i]);
            }
        }
    }

    private bool TryBegin()
    {
        if (Interlocked.Increment(ref _inFlight) <= InFlightMax)
        {
            return true;
        }

        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    private async Task ProbeAsync(Target target)
    {
        try
        {
            using var limit = new CancellationTokenSource(Timeout, _timeProvider);
            using var request = CreateRequest(target.Connections.Endpoint.Protocol);
            using var response = await target.Connections.SendAsync(request, limit.Token).ConfigureAwait(false);
            var isAnswered = ResponseSignals.TakeReport(
                AnswerSigns.OfHead(response), target.Member.Statistics, _timeProvider, sentAt: null);
            target.Member.OnProbed(isAnswered, _timeProvider.Now());
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Calls notice the same, and it is they who matter.
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private HttpRequestMessage CreateRequest(EndpointProtocol protocol) => new(HttpMethod.Head, _uri)
    {
        Version = protocol == EndpointProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
        VersionPolicy = protocol == EndpointProtocol.Http2
            ? HttpVersionPolicy.RequestVersionExact
            : HttpVersionPolicy.RequestVersionOrLower,
    };

    [System.Runtime.CompilerServices.InlineArray(IProbingPicker.ProbesPerCallMax)]
    private struct Targets
    {
        private Target _first;
    }
}
