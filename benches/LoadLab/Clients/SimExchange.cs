using System.Net;
using Muster.Core.Model;
using Muster.Protocol.Mapping;

namespace Muster.Bench.LoadLab.Clients;

/// <summary>An attempt, or a probe, of which the handler waits for the answer.</summary>
/// <param name="client">Whose it is.</param>
/// <param name="call">The call that it belongs to; null for a probe.</param>
internal sealed class SimExchange(HandlerClient client, SimCall? call)
{
    // Continued on the spot: what an answer sets off belongs to its event.
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new();

    /// <summary>The response.</summary>
    /// <param name="abandon">What becomes of the attempt if the handler has had enough before there is one.</param>
    /// <param name="cancellationToken">Says that it has.</param>
    public async Task<HttpResponseMessage> ResponseAsync(Action abandon, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                abandon();
                _response.TrySetCanceled(cancellationToken);
            }, null);
        return await _response.Task.ConfigureAwait(false);
    }

    /// <summary>It is here.</summary>
    /// <param name="outcome">What it is.</param>
    /// <param name="report">The load report beside it; null if there is none.</param>
    public void OnAnswer(AttemptOutcome outcome, LoadReport? report)
    {
        if (call is not null)
        {
            client.OnAnswered(call);
        }

        if (outcome == AttemptOutcome.Refused)
        {
            _response.TrySetException(new HttpRequestException(HttpRequestError.ConnectionError, "Nobody listens."));
        }
        else
        {
            _response.TrySetResult(ResponseOf(outcome, report));
        }

        client.Settle();
    }

    private static HttpResponseMessage ResponseOf(AttemptOutcome outcome, LoadReport? report)
    {
        var response = new HttpResponseMessage(
            outcome == AttemptOutcome.Answered ? HttpStatusCode.NoContent : HttpStatusCode.ServiceUnavailable);
        response.Content.Headers.ContentLength = 0;
        if (report is not null)
        {
            response.Headers.TryAddWithoutValidation(LoadMetadata.HeaderName, LoadMetadata.FormatHeader(report));
        }

        return response;
    }
}
