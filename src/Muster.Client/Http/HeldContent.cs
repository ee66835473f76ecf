using System.Net;

namespace Muster.Client.Http;

/// <summary>A body that has been received, wholly or up to a bound.</summary>
internal sealed class HeldContent : HttpContent
{
    private readonly HttpContent _received;
    private readonly byte[] _held;
    private readonly Stream? _rest;

    /// <summary>Takes the place of the content that was read.</summary>
    /// <param name="received">The content; owned from here on.</param>
    /// <param name="held">What was read of it.</param>
    /// <param name="rest">Where the rest comes from; null if there is none.</param>
    public HeldContent(HttpContent received, byte[] held, Stream? rest)
    {
        _received = received;
        _held = held;
        _rest = rest;
        foreach (var (name, values) in received.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values.ToString());
        }
    }

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_held, cancellationToken).ConfigureAwait(false);
        if (_rest is not null)
        {
            await _rest.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        stream.Write(_held);
        _rest?.CopyTo(stream);
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
    {
        var held = new MemoryStream(_held, writable: false);
        return _rest is null ? held : new JoinedStream(held, _rest);
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(CreateContentReadStream(CancellationToken.None));

    protected override bool TryComputeLength(out long length)
    {
        length = _held.Length;
        return _rest is null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _received.Dispose();
        }

        base.Dispose(disposing);
    }
}
