using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Answers that are wrong in every way an HTTP/2 server can make them wrong.</summary>
public sealed class HostileServerTests
{
    private static readonly byte[] Good = Frames.Of(new Note { Number = 1 });

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(418, StatusCode.Unknown)]
    [InlineData(204, StatusCode.Unknown)]
    public Task HttpStatus_WithoutGrpcStatus_IsMapped(int http, StatusCode expected) =>
        ExpectAsync(expected, $"{http}", context =>
    {
        context.Response.StatusCode = http;
        return Task.CompletedTask;
    });

    [Fact]
    public Task HttpStatus_WithGrpcStatus_TheLatterCounts() => ExpectAsync(StatusCode.NotFound, "gone", context =>
    {
        context.Response.StatusCode = 503;
        context.Response.Headers["grpc-status"] = "5";
        context.Response.Headers["grpc-message"] = "gone";
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData(null)]
    public Task ContentType_NotGrpc_IsUnknown(string? contentType) =>
        ExpectAsync(StatusCode.Unknown, contentType ?? "missing", async context =>
    {
        context.Response.ContentType = contentType;
        await context.Response.Body.WriteAsync(Good);
    });

    [Fact]
    public Task Status_Missing_IsUnknown() => ExpectAsync(StatusCode.Unknown, "without a grpc-status", Body(Good));

    [Fact]
    public Task Status_Doubled_IsUnknown() =>
        ExpectAsync(StatusCode.Unknown, "no valid grpc-status", Body(Good, ("grpc-status", "0"), ("grpc-status", "0")));

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("0x0")]
    public Task Status_NotANumber_IsUnknown(string status) =>
        ExpectAsync(StatusCode.Unknown, "no valid grpc-status", Body(Good, ("grpc-status", status)));

    [Theory]
    [InlineData("17")]
    [InlineData("65535")]
    public Task Status_NumberWithoutMeaning_IsUnknownAndKeepsItsText(string status) =>
        ExpectAsync(StatusCode.Unknown, "odd", Body(Good, ("grpc-status", status), ("grpc-message", "odd")));

    [Theory]
    [InlineData("50%", "50%")]
    [InlineData("%zz", "%zz")]
    [InlineData("%C3%BC", "ü")]
    [InlineData("%ff", "\uFFFD")]
    public Task Message_BadlyEncoded_IsKept(string raw, string shown) =>
        ExpectAsync(StatusCode.Aborted, shown, Body([], ("grpc-status", "10"), ("grpc-message", raw)));

    [Fact]
    public Task Body_CutInAMessage_IsInternal() =>
        ExpectAsync(StatusCode.Internal, "middle of a message", Body(Good[..^1], ("grpc-status", "0")));

    [Fact]
    public Task Body_CutInAPrefix_IsInternal() =>
        ExpectAsync(StatusCode.Internal, "middle of a message", Body([0, 0, 0], ("grpc-status", "0")));

    [Fact]
    public Task Body_OversizedPrefix_IsResourceExhausted() =>
        ExpectAsync(
            StatusCode.ResourceExhausted,
            "4294967295",
            Body(Frames.Of([], length: uint.MaxValue), ("grpc-status", "0")));

    [Fact]
    public Task Body_UnknownFlag_IsInternal() =>
        ExpectAsync(StatusCode.Internal, "flag is 7", Body(Frames.Of([], flag: 7), ("grpc-status", "0")));

    [Fact]
    public Task Body_CompressedWithoutEncoding_IsInternal() =>
        ExpectAsync(StatusCode.Internal, "compressed", Body(Frames.Of([1], flag: 1), ("grpc-status", "0")));

    [Fact]
    public Task Body_NotTheMessage_IsInternal() =>
        ExpectAsync(
            StatusCode.Internal, "not a muster.grpc.test.Note", Body(Frames.Of([255, 255]), ("grpc-status", "0")));

    [Fact]
    public Task Body_Empty_IsInternal() =>
        ExpectAsync(StatusCode.Internal, "without a message", Body([], ("grpc-status", "0")), unaryOnly: true);

    [Fact]
    public Task Body_TwoMessages_IsInternal() =>
        ExpectAsync(
            StatusCode.Internal, "second message", Body([.. Good, .. Good], ("grpc-status", "0")), unaryOnly: true);

    [Fact]
    public Task Body_MessageAndThenAnError_TheErrorCounts() =>
        ExpectAsync(StatusCode.DataLoss, "half", Body(Good, ("grpc-status", "15"), ("grpc-message", "half")));

    [Fact]
    public Task Metadata_BadBase64_IsInternal() =>
        ExpectAsync(StatusCode.Internal, "x-bin", Body([], ("grpc-status", "5"), ("x-bin", "***")));

    [Theory]
    [InlineData(0x0, StatusCode.Internal)]
    [InlineData(0x1, StatusCode.Internal)]
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x3, StatusCode.Internal)]
    [InlineData(0x5, StatusCode.Unknown)]
    [InlineData(0x7, StatusCode.Unavailable)]
    [InlineData(0x8, StatusCode.Cancelled)]
    [InlineData(0xb, StatusCode.ResourceExhausted)]
    [InlineData(0xc, StatusCode.PermissionDenied)]
    public async Task Reset_BeforeAndAfterHeaders_IsMapped(int code, StatusCode expected)
    {
        await ExpectAsync(expected, "reset", context =>
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
            return Task.CompletedTask;
        });
        await ExpectAsync(expected, "reset", async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(Good);
            await context.Response.Body.FlushAsync();
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
        });
    }

    [Fact]
    public async Task Reset_RefusedStream_NeverRan()
    {
        await using var server = await HostileServer.StartAsync(context =>
        {
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(0x7);
            return Task.CompletedTask;
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.True(e.NeverRan);
    }

    [Fact]
    public async Task Connection_Refused_IsUnavailableAndNeverRan()
    {
        var server = await HostileServer.StartAsync(_ => Task.CompletedTask);
        await server.DisposeAsync();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        var client = new GrpcClient(
            invoker, server.Address, new GrpcClientOptions { TimeProvider = TimeProvider.System });
        var e = await Waits.RpcFailureAsync(() => client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.True(e.NeverRan);
        await using var call = client.Streaming(EchoMethods.Chat);
        Assert.True((await Waits.RpcFailureAsync(() => call.WriteAsync(new Note()).AsTask())).NeverRan);
    }

    private static RequestDelegate Body(byte[] body, params (string Name, string Value)[] trailers) => async context =>
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(body);
        await context.Response.Body.FlushAsync();
        foreach (var (name, value) in trailers)
        {
            // Not Append: it drops empty values.
            var target = context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
            target[name] = StringValues.Concat(target[name], value);
        }
    };

    /// <summary>Calls the server unary and server-streaming; both must end with this status.</summary>
    private static async Task ExpectAsync(StatusCode code, string text, RequestDelegate answer, bool unaryOnly = false)
    {
        await using var server = await HostileServer.StartAsync(answer);
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(code, e.Code);
        Assert.Contains(text, e.Status.Detail, StringComparison.Ordinal);
        if (unaryOnly)
        {
            return;
        }

        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
        e = await Waits.RpcFailureAsync(async () =>
        {
            await foreach (var note in call.ReadAllAsync())
            {
                Assert.Equal(1, note.Number);
            }
        });
        Assert.Equal(code, e.Code);
        Assert.Contains(text, e.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>A Kestrel that answers every request with the same delegate.</summary>
    private sealed class HostileServer(WebApplication app, HttpMessageInvoker invoker) : IAsyncDisposable
    {
        public Uri Address { get; } = new(app.Urls.Single());

        public GrpcClient Client => new(invoker, Address, new GrpcClientOptions { TimeProvider = TimeProvider.System });

        public static async Task<HostileServer> StartAsync(RequestDelegate answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(
                kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
            var app = builder.Build();
            app.Run(answer);
            await app.StartAsync();
            return new HostileServer(app, new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false }));
        }

        public async ValueTask DisposeAsync()
        {
            invoker.Dispose();
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }
}
