namespace Muster.Grpc.Calls;

/// <summary>Headers and trailers of a unary response, for callers that ask; others do not pay for parsing
/// them.</summary>
internal sealed class ReceivedMetadata
{
    public Metadata Headers { get; private set; } = Metadata.Empty;

    public Metadata Trailers { get; private set; } = Metadata.Empty;

    public void Take(HttpResponseMessage response)
    {
        Headers = ResponseHead.ReadMetadata(response.Headers.NonValidated, response.Content.Headers.NonValidated);
        Trailers = ResponseHead.ReadMetadata(response.TrailingHeaders.NonValidated);
    }
}
