using System.Net;
using Muster.Bench.LoadDriver.Protos;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary>The limit: the same bytes by plain HTTP/2 requests, with no gRPC in between.</summary>
internal sealed class BareCaller(HttpMessageInvoker invoker, Uri address)
{
    private readonly Uri _unary = new(address, "/bare/unary");
    private readonly Uri _up = new(address, "/bare/up");

    public async Task UnaryAsync()
    {
        var read = await PostAsync(_unary, new ByteArrayContent(BenchMethods.Frame));
        Check(read, BenchMethods.Frame.Length);
    }

    public async Task DownAsync(int messages)
    {
        var read = await PostAsync(new Uri(address, $"/bare/down?messages={messages}"), new ByteArrayContent(BenchMethods.Frame));
        Check(read, (long)BenchMethods.Frame.Length * messages);
    }

    /// <summary>The same, with each message parsed: what nobody who wants messages can do without.</summary>
    public async Task DownParsedAsync(int messages)
    {
        var count = 0;
        var held = 0;
        using var response = await SendAsync(
            new Uri(address, $"/bare/down?messages={messages}"), new ByteArrayContent(BenchMethods.Frame));
        var stream = response.Content.ReadAsStream();
        var buffer = new byte[4096];
        for (int read; (read = await stream.ReadAsync(buffer.AsMemory(held))) > 0;)
        {
            var bytes = buffer.AsMemory(0, held + read);
            while (bytes.Length >= BenchMethods.Frame.Length)
            {
                Payload.Parser.ParseFrom(bytes.Span[5..BenchMethods.Frame.Length]);
                bytes = bytes[BenchMethods.Frame.Length..];
                count++;
            }

            bytes.CopyTo(buffer);
            held = bytes.Length;
        }

        Check(count, messages);
    }

    public async Task UpAsync(int messages)
    {
        var read = await PostAsync(_up, new ManyFrames(messages));
        Check(read, BenchMethods.Frame.Length);
    }

    private static void Check(long read, long expected)
    {
        if (read != expected)
        {
            throw new InvalidOperationException($"{read} came back instead of {expected}.");
        }
    }

    private Task<HttpResponseMessage> SendAsync(Uri uri, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
        return invoker.SendAsync(request, CancellationToken.None);
    }

    private async Task<long> PostAsync(Uri uri, HttpContent content)
    {
        using var response = await SendAsync(uri, content);
        var stream = response.Content.ReadAsStream();
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(4096);
        long total = 0;
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
            {
                total += read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        return response.TrailingHeaders.NonValidated.Contains("grpc-status")
            ? total
            : throw new InvalidOperationException("The response has no grpc-status.");
    }

    /// <summary>A request body of many frames, each written and flushed by itself, as a stream of messages is: without the flush a
    /// message would wait for the next one.</summary>
    private sealed class ManyFrames(int messages) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < messages; i++)
            {
                await stream.WriteAsync(BenchMethods.Frame);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
