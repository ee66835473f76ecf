using Google.Protobuf;
using Muster.Grpc;
using Muster.Interop.Protos;

namespace Muster.Interop;

/// <summary>Our client of the interop tests: one method per case, with the sizes and texts of the
/// specification.</summary>
internal sealed class InteropClient(GrpcClient client)
{
    private static readonly int[] RequestSizes = [27182, 8, 1828, 45904];
    private static readonly int[] ResponseSizes = [31415, 9, 2653, 58979];

    public static Dictionary<string, Func<InteropClient, Task>> Cases { get; } = new()
    {
        ["empty_unary"] = c => c.EmptyUnaryAsync(),
        ["large_unary"] = c => c.LargeUnaryAsync(),
        ["client_streaming"] = c => c.ClientStreamingAsync(),
        ["server_streaming"] = c => c.ServerStreamingAsync(),
        ["ping_pong"] = c => c.PingPongAsync(),
        ["empty_stream"] = c => c.EmptyStreamAsync(),
        ["custom_metadata"] = c => c.CustomMetadataAsync(),
        ["status_code_and_message"] = c => c.StatusAsync(duplexToo: true, "test status message"),
        ["special_status_message"] = c => c.StatusAsync(
            duplexToo: false, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"),
        ["unimplemented_method"] = c => c.UnimplementedAsync(InteropMethods.UnimplementedCall),
        ["unimplemented_service"] = c => c.UnimplementedAsync(InteropMethods.UnimplementedServiceCall),
        ["cancel_after_begin"] = c => c.CancelAfterBeginAsync(),
        ["cancel_after_first_response"] = c => c.CancelAfterFirstResponseAsync(),
        ["timeout_on_sleeping_server"] = c => c.TimeoutAsync(),
        ["client_compressed_unary"] = c => c.ClientCompressedUnaryAsync(),
        ["server_compressed_unary"] = c => c.ServerCompressedUnaryAsync(),
        ["client_compressed_streaming"] = c => c.ClientCompressedStreamingAsync(),
        ["server_compressed_streaming"] = c => c.ServerCompressedStreamingAsync(),
    };

    private static Payload Zeros(int bytes) => new() { Body = ByteString.CopyFrom(new byte[bytes]) };

    private static SimpleRequest LargeRequest => new() { ResponseSize = 314159, Payload = Zeros(271828) };

    private async Task EmptyUnaryAsync() =>
        Assert.Equal(new Empty(), await client.UnaryAsync(InteropMethods.EmptyCall, new Empty()));

    private async Task LargeUnaryAsync() => await LargeUnaryAsync(LargeRequest, default);

    private async Task LargeUnaryAsync(SimpleRequest request, GrpcCallOptions options)
    {
        var response = await client.UnaryAsync(InteropMethods.UnaryCall, request, options);
        Assert.Equal(314159, response.Payload.Body.Length);
    }

    private async Task ClientStreamingAsync()
    {
        await using var call = client.Streaming(InteropMethods.StreamingInputCall);
        foreach (var size in RequestSizes)
        {
            await call.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(size) });
        }

        await call.CompleteWritesAsync();
        Assert.Equal(74922, (await call.ReadAsync())!.AggregatedPayloadSize);
    }

    private async Task ServerStreamingAsync()
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(ResponseSizes.Select(size => new ResponseParameters { Size = size }));
        await using var call = client.ServerStreaming(InteropMethods.StreamingOutputCall, request);
        await ExpectAsync(call, ResponseSizes);
    }

    private async Task PingPongAsync()
    {
        await using var call = client.Streaming(InteropMethods.FullDuplexCall);
        foreach (var (response, request) in ResponseSizes.Zip(RequestSizes))
        {
            await call.WriteAsync(Ask(response, request));
            Assert.Equal(response, (await call.ReadAsync())!.Payload.Body.Length);
        }

        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync());
    }

    private async Task EmptyStreamAsync()
    {
        await using var call = client.Streaming(InteropMethods.FullDuplexCall);
        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync());
    }

    private async Task CustomMetadataAsync()
    {
        byte[] bytes = [0xab, 0xab, 0xab];
        var headers = new Metadata();
        headers.Add(TestService.InitialKey, "test_initial_metadata_value");
        headers.Add(TestService.TrailingKey, bytes);
        var options = new GrpcCallOptions { Headers = headers };

        var result = await client.UnaryWithMetadataAsync(InteropMethods.UnaryCall, LargeRequest, options);
        Assert.Equal("test_initial_metadata_value", result.Headers.GetText(TestService.InitialKey));
        Assert.Equal(bytes, result.Trailers.GetBytes(TestService.TrailingKey)!);

        await using var call = client.Streaming(InteropMethods.FullDuplexCall, options);
        await call.WriteAsync(Ask(314159, 271828));
        await call.CompleteWritesAsync();
        await ExpectAsync(call, 314159);
        Assert.Equal("test_initial_metadata_value", (await call.HeadersAsync).GetText(TestService.InitialKey));
        Assert.Equal(bytes, call.Trailers.GetBytes(TestService.TrailingKey)!);
    }

    private async Task StatusAsync(bool duplexToo, string message)
    {
        var status = new EchoStatus { Code = (int)StatusCode.Unknown, Message = message };
        var e = await Assert.ThrowsAsync<RpcException>(
            () => client.UnaryAsync(InteropMethods.UnaryCall, new SimpleRequest { ResponseStatus = status }));
        Assert.Equal(new Status(StatusCode.Unknown, message), e.Status);
        if (!duplexToo)
        {
            return;
        }

        await using var call = client.Streaming(InteropMethods.FullDuplexCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        await call.CompleteWritesAsync();
        e = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask());
        Assert.Equal(new Status(StatusCode.Unknown, message), e.Status);
    }

    private async Task UnimplementedAsync(GrpcMethod<Empty, Empty> method)
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(method, new Empty()));
        Assert.Equal(StatusCode.Unimplemented, e.Code);
    }

    private async Task CancelAfterBeginAsync()
    {
        using var source = new CancellationTokenSource();
        await using var call = client.Streaming(
            InteropMethods.StreamingInputCall, new GrpcCallOptions { CancellationToken = source.Token });
        await source.CancelAsync();
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask());
        Assert.Equal(StatusCode.Cancelled, e.Code);
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        using var source = new CancellationTokenSource();
        await using var call = client.Streaming(
            InteropMethods.FullDuplexCall, new GrpcCallOptions { CancellationToken = source.Token });
        await call.WriteAsync(Ask(31415, 27182));
        Assert.Equal(31415, (await call.ReadAsync())!.Payload.Body.Length);
        await source.CancelAsync();
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().AsTask());
        Assert.Equal(StatusCode.Cancelled, e.Code);
    }

    private async Task TimeoutAsync()
    {
        await using var call = client.Streaming(
            InteropMethods.FullDuplexCall, new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(1) });
        var e = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.WriteAsync(new StreamingOutputCallRequest { Payload = Zeros(27182) });
            await call.ReadAsync();
        });
        Assert.Equal(StatusCode.DeadlineExceeded, e.Code);
    }

    /// <summary>Without the specification's probe, which asks whether the server notices: the relay sees the
    /// flags.</summary>
    private async Task ClientCompressedUnaryAsync()
    {
        var request = LargeRequest;
        request.ExpectCompressed = new BoolValue { Value = true };
        await LargeUnaryAsync(request, new GrpcCallOptions { Compress = true });
        request.ExpectCompressed.Value = false;
        await LargeUnaryAsync(request, default);
    }

    private async Task ServerCompressedUnaryAsync()
    {
        foreach (var compressed in new[] { true, false })
        {
            var request = LargeRequest;
            request.ResponseCompressed = new BoolValue { Value = compressed };
            await LargeUnaryAsync(request, default);
        }
    }

    private async Task ClientCompressedStreamingAsync()
    {
        await using var call = client.Streaming(
            InteropMethods.StreamingInputCall, new GrpcCallOptions { Compress = true });
        foreach (var (size, compressed) in new[] { (27182, true), (45904, false) })
        {
            call.CompressWrites = compressed;
            await call.WriteAsync(new StreamingInputCallRequest
            {
                Payload = Zeros(size),
                ExpectCompressed = new BoolValue { Value = compressed },
            });
        }

        await call.CompleteWritesAsync();
        Assert.Equal(73086, (await call.ReadAsync())!.AggregatedPayloadSize);
    }

    private async Task ServerCompressedStreamingAsync()
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.Add(
            new ResponseParameters { Size = 31415, Compressed = new BoolValue { Value = true } });
        request.ResponseParameters.Add(
            new ResponseParameters { Size = 92653, Compressed = new BoolValue { Value = false } });
        await using var call = client.ServerStreaming(InteropMethods.StreamingOutputCall, request);
        await ExpectAsync(call, 31415, 92653);
    }

    private static StreamingOutputCallRequest Ask(int responseSize, int requestSize)
    {
        var request = new StreamingOutputCallRequest { Payload = Zeros(requestSize) };
        request.ResponseParameters.Add(new ResponseParameters { Size = responseSize });
        return request;
    }

    private static async Task ExpectAsync<TRequest>(
        StreamingCall<TRequest, StreamingOutputCallResponse> call, params int[] sizes)
        where TRequest : class, IMessage<TRequest>
    {
        var received = new List<int>();
        await foreach (var response in call.ReadAllAsync())
        {
            received.Add(response.Payload.Body.Length);
        }

        Assert.Equal(sizes, received);
    }
}
