using System.Net;

namespace Muster.Client.Http;

/// <summary>The content of a response that ends its attempt when it ends: read to its end, broken, disposed early, or forgotten.</summary>
internal sealed class CountedContent : HttpContent
{
    private readonly HttpContent _inner;

    // The reader and the one who disposes may come at the same time; the one that finds it here ends the attempt.
    private OpenAttempt? _open;
    private long _read;

    /// <summary>Takes the place of the content that came.</summary>
    /// <param name="inner">The content; owned from here on.</param>
    /// <param name="open">The attempt; nobody else has it.</param>
    public CountedContent(HttpContent inner, OpenAttempt open)
    {
        _inner = inner;
        _open = open;
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

    /// <summary>Somebody has read.</summary>
    /// <param name="read">Bytes that came. None is the end, unless none was asked for: that is how readers wait for data.</param>
    /// <param name="asked">Bytes that were asked for.</param>
    public void OnRead(int read, int asked)
    {
        _read += read;
        if (read == 0 && asked > 0)
        {
            OnEnd();
        }
    }

    /// <summary>The content was read to its end.</summary>
    public void OnEnd() => TakeOpen()?.EndRead();

    /// <summary>Reading failed.</summary>
    public void OnFailed(Exception exception) => TakeOpen()?.EndFailed(exception);

    /// <summary>The caller has had enough. Who counts what comes against the length need not ask for the end.</summary>
    public void OnAbandoned()
    {
        if (TakeOpen() is not { } open)
        {
            return;
        }

        if (_read > 0 && _read == _inner.Headers.ContentLength)
        {
            open.EndRead();
        }
        else
        {
            open.EndAbandoned();
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var copying = _inner.CopyToAsync(stream, context, cancellationToken);
        if (!copying.IsCompletedSuccessfully)
        {
            return AwaitAsync(copying);
        }

        OnEnd();
        return copying;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            _inner.CopyTo(stream, context, cancellationToken);
        }
        catch (Exception e)
        {
            OnFailed(e);
            throw;
        }

        OnEnd();
    }

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

    private async Task AwaitAsync(Task copying)
    {
        try
        {
            await copying.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            OnFailed(e);
            throw;
        }

        OnEnd();
    }

    private OpenAttempt? TakeOpen() => Interlocked.Exchange(ref _open, null);
}
