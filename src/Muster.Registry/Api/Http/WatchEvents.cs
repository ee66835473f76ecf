using System.Text;
using Microsoft.AspNetCore.Http;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;

namespace Muster.Registry.Api.Http;

/// <summary>A watch as server-sent events: the event is the kind of message, the data is the message as JSON, and the id of a
/// progress is the token to resume from.</summary>
internal sealed class WatchEvents(HttpResponse response) : IResponseWriter<WatchResponse>, IDisposable
{
    // The events and the signs of life come from different threads.
    private readonly SemaphoreSlim _gate = new(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        await response.StartAsync(cancellationToken);
    }

    public ValueTask WriteAsync(WatchResponse message, CancellationToken cancellationToken = default) =>
        WriteAsync(Event(message), cancellationToken);

    public ValueTask WriteAsync(EncodedMessage message, bool flush = true, CancellationToken cancellationToken = default) =>
        WriteAsync(WatchResponse.Parser.ParseFrom(message.Message.Span), cancellationToken);

    /// <summary>A comment, so that a reader that has gone is noticed, and proxies keep the connection.</summary>
    public ValueTask WriteSignOfLifeAsync(CancellationToken cancellationToken) => WriteAsync(": alive\n\n", cancellationToken);

    /// <summary>The end of a watch that cannot go on.</summary>
    public ValueTask WriteErrorAsync(Status status, CancellationToken cancellationToken) =>
        WriteAsync($"event: error\ndata: {JsonAnswers.Error(status)}\n\n", cancellationToken);

    public void Dispose() => _gate.Dispose();

    private static string Event(WatchResponse message)
    {
        var text = new StringBuilder("event: ").Append(Name(message.EventCase)).Append('\n');
        if (message.Progress is { Token: { } token })
        {
            text.Append("id: ").Append(ResumeTokens.Format(token.StoreId, token.Revision)).Append('\n');
        }

        return text.Append("data: ").Append(JsonAnswers.Format(message)).Append("\n\n").ToString();
    }

    private static string Name(WatchResponse.EventOneofCase kind) => kind switch
    {
        WatchResponse.EventOneofCase.ServiceUnknown => "service_unknown",
        _ => $"{kind}".ToLowerInvariant(),
    };

    private async ValueTask WriteAsync(string text, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await response.WriteAsync(text, cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }
}
