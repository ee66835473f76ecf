using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>gRPC by hand: whatever bytes a call is to have, and an end in the middle if wanted.</summary>
/// <param name="invoker">Sends.</param>
/// <param name="address">To whom.</param>
/// <param name="onPing">Is told that a session was asked whether it lives; it never answers.</param>
internal sealed class WireClient(HttpMessageInvoker invoker, Uri address, Action onPing)
{
    private const int Cancel = 0x8;

    /// <summary>Calls a method with this body, and reads the answer to its end; of a watch that has none, the first message.</summary>
    public async Task<WireAnswer> CallAsync(MethodDescriptor method, byte[] body)
    {
        using var response = await SendAsync(method, new ByteArrayContent(body), CancellationToken.None);
        var isEndless = method.IsServerStreaming && !method.IsClientStreaming && method.Name != "Backup";
        var messages = new List<IMessage>();
        try
        {
            return new WireAnswer(await ReadAsync(method, response, messages, isEndless), messages);
        }
        catch (HttpProtocolException e) when (e.ErrorCode == Cancel)
        {
            // A response that nobody took for a second of a clock which another call moved on.
            return new WireAnswer(null, messages);
        }
    }

    /// <summary>Begins a call with this body, and does not end its request.</summary>
    public WireStream Begin(MethodDescriptor method, byte[] body) => new(
        body, async (content, messages, gone) =>
        {
            using var response = await SendAsync(method, content, gone);
            return await ReadAsync(method, response, messages, isEndless: false);
        });

    private async Task<HttpResponseMessage> SendAsync(MethodDescriptor method, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, $"/{method.Service.FullName}/{method.Name}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        var response = await invoker.SendAsync(request, cancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private async Task<Status?> ReadAsync(
        MethodDescriptor method, HttpResponseMessage response, List<IMessage> messages, bool isEndless)
    {
        await using var body = await response.Content.ReadAsStreamAsync();
        var prefix = new byte[5];
        // A response that is nothing but a status has it among the headers.
        var isOver = response.Headers.Contains("grpc-status");
        while (!isOver && await body.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false) == prefix.Length)
        {
            var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1))];
            await body.ReadExactlyAsync(payload);
            messages.Add(method.OutputType.Parser.ParseFrom(payload));
            if (messages[^1] is SessionResponse { Ping: not null })
            {
                onPing();
            }

            if (isEndless)
            {
                return null;
            }
        }

        var trailers = isOver ? (HttpHeaders)response.Headers : response.TrailingHeaders;
        var code = Assert.Single(trailers.GetValues("grpc-status"));
        var detail = trailers.TryGetValues("grpc-message", out var said) ? Uri.UnescapeDataString(string.Concat(said)) : "";
        return new Status(Enum.Parse<StatusCode>(code), detail);
    }
}
