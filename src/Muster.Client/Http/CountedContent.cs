using System.Net;
using Muster.Client.Balancing;

namespace Muster.Client.Http;

/// <summary>The content of a response that ends its attempt when it ends: read to its end, broken, disposed early, or forgotten.</summary>
internal sealed class CountedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly HttpResponseMessage _response;
    private readonly Attempt _attempt;
    private int _ended;

    public CountedContent(HttpResponseMessage response, Attempt attempt)
    {
        _inner = response.Content;
        _response = response;
        _attempt = attempt;
        foreach (var (name, values) in _inner.Headers.NonValidated)
        {
            if (values.Count == 1)
            {
                Headers.TryAddWithoutValidation(name, values.ToString());
            }
            else
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }
    }

    // A caller that drops the response on the floor must not leave the instance looking busy for ever.
    ~CountedContent() => EndOnce(AttemptResult.Cancelled);

    /// <summary>The content was read to its end; what its trailers say decides.</summary>
    public void OnEnd()
    {
        if (TryEnd())
        {
            _attempt.End(ResponseSignals.ResultOf(_response), response: _response);

            // After the end, so that the report does not find the call that brought it in flight.
            Delivery.TakeTrailers(_attempt, _response);
        }
    }

    /// <summary>Reading failed. A cancelled read is the caller's doing.</summary>
    public void OnFailed(Exception exception) =>
        EndOnce(exception is IOException or HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded }
            ? AttemptResult.Failure
            : AttemptResult.Cancelled);

    /// <summary>The caller has had enough.</summary>
    public void OnAbandoned() => EndOnce(AttemptResult.Cancelled);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await _inner.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            OnFailed(e);
            throw;
        }

        OnEnd();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new CountedStream(this, await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) =>
        new CountedStream(this, _inner.ReadAsStream(cancellationToken));

    protected override bool TryComputeLength(out long length)
    {
        var known = _inner.Headers.ContentLength;
        length = known ?? 0;
        return known is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            OnAbandoned();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void EndOnce(AttemptResult result)
    {
        if (TryEnd())
        {
            _attempt.End(result);
        }
    }

    // The reader, the one who disposes and the finalizer may come at the same time; one of them ends the attempt.
    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return false;
        }

        // The finalizer is for attempts that nobody ended; CA1816 expects this in Dispose, which comes too late or never.
#pragma warning disable CA1816
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
        return true;
    }
}
