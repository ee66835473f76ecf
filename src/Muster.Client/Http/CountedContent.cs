using System.Net;

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
    ~CountedContent() => EndOnce(success: true);

    /// <summary>The content was read to its end; what its trailers say decides.</summary>
    public void OnEnd()
    {
        if (TryEnd())
        {
            var success = ResponseSignals.IsSuccess(_response);
            _attempt.End(success);

            // After the end, so that the report does not find the call that brought it in flight.
            ResponseSignals.TakeTrailers(_response, _attempt.Member.Statistics, _attempt.Route.TimeProvider.Now());
        }
    }

    /// <summary>Reading failed. A cancelled read is the caller's doing.</summary>
    public void OnFailed(Exception exception) =>
        EndOnce(success: exception is not (IOException or HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded }));

    /// <summary>The caller has had enough.</summary>
    public void OnAbandoned() => EndOnce(success: true);

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

    private void EndOnce(bool success)
    {
        if (TryEnd())
        {
            _attempt.End(success);
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
