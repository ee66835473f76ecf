using Google.Protobuf;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Interop.Protos;

namespace Muster.Interop;

/// <summary>Our server of the interop tests, as the specification describes it.</summary>
internal sealed class TestService : IGrpcService
{
    public const string InitialKey = "x-grpc-test-echo-initial";
    public const string TrailingKey = "x-grpc-test-echo-trailing-bin";

    public void Bind(GrpcServiceBinder binder)
    {
        binder.Unary(InteropMethods.EmptyCall, (_, _) => Task.FromResult(new Empty()));
        binder.Unary(InteropMethods.UnaryCall, UnaryAsync);
        binder.ClientStreaming(InteropMethods.StreamingInputCall, InputAsync);
        binder.ServerStreaming(InteropMethods.StreamingOutputCall, RespondAsync);
        binder.Duplex(InteropMethods.FullDuplexCall, FullDuplexAsync);
        binder.Duplex(InteropMethods.HalfDuplexCall, HalfDuplexAsync);
    }

    private static Task<SimpleResponse> UnaryAsync(SimpleRequest request, GrpcServerContext context)
    {
        EchoMetadata(context);
        ThrowStatus(request.ResponseStatus);
        CheckCompression(request.ExpectCompressed, context);
        context.CompressResponses = request.ResponseCompressed is { Value: true };
        return Task.FromResult(new SimpleResponse { Payload = Zeros(request.ResponseSize) });
    }

    private static async Task<StreamingInputCallResponse> InputAsync(
        IRequestReader<StreamingInputCallRequest> requests, GrpcServerContext context)
    {
        var response = new StreamingInputCallResponse();
        await foreach (var request in requests.ReadAllAsync())
        {
            CheckCompression(request.ExpectCompressed, context);
            response.AggregatedPayloadSize += request.Payload.Body.Length;
        }

        return response;
    }

    private static async Task FullDuplexAsync(
        IRequestReader<StreamingOutputCallRequest> requests,
        IResponseWriter<StreamingOutputCallResponse> responses,
        GrpcServerContext context)
    {
        EchoMetadata(context);
        await foreach (var request in requests.ReadAllAsync())
        {
            await RespondAsync(request, responses, context);
        }
    }

    private static async Task HalfDuplexAsync(
        IRequestReader<StreamingOutputCallRequest> requests,
        IResponseWriter<StreamingOutputCallResponse> responses,
        GrpcServerContext context)
    {
        var all = new List<StreamingOutputCallRequest>();
        await foreach (var request in requests.ReadAllAsync())
        {
            all.Add(request);
        }

        foreach (var request in all)
        {
            await RespondAsync(request, responses, context);
        }
    }

    private static async Task RespondAsync(
        StreamingOutputCallRequest request,
        IResponseWriter<StreamingOutputCallResponse> responses,
        GrpcServerContext context)
    {
        ThrowStatus(request.ResponseStatus);
        if (request.ResponseParameters.Any(p => p.Compressed is { Value: true }))
        {
            // The encoding must be announced even if the first message goes without it.
            context.CompressResponses = true;
            await context.SendHeadersAsync();
        }

        foreach (var parameters in request.ResponseParameters)
        {
            context.CompressResponses = parameters.Compressed is { Value: true };
            await responses.WriteAsync(new StreamingOutputCallResponse { Payload = Zeros(parameters.Size) });
        }
    }

    private static void EchoMetadata(GrpcServerContext context)
    {
        if (context.RequestHeaders.GetText(InitialKey) is { } initial)
        {
            context.ResponseHeaders.Add(InitialKey, initial);
        }

        if (context.RequestHeaders.GetBytes(TrailingKey) is { } trailing)
        {
            context.ResponseTrailers.Add(TrailingKey, trailing);
        }
    }

    private static void ThrowStatus(EchoStatus? status)
    {
        if (status is { Code: not 0 })
        {
            throw new RpcException((StatusCode)status.Code, status.Message);
        }
    }

    private static void CheckCompression(BoolValue? expected, GrpcServerContext context)
    {
        if (expected is not null && expected.Value != context.WasRequestCompressed)
        {
            throw new RpcException(
                StatusCode.InvalidArgument, $"The message came {(expected.Value ? "un" : "")}compressed.");
        }
    }

    private static Payload Zeros(int bytes) => new() { Body = ByteString.CopyFrom(new byte[bytes]) };
}
