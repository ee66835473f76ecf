using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Requests that no well-behaved client sends: each gets a clear answer, and nothing is logged.</summary>
public sealed class MalformedRequestTests
{
    public static TheoryData<byte[], string, string> BadBodies() => new()
    {
        { [], "13", "without a message" },
        { [0, 0], "13", "middle of a message" },
        { Frames.Of([1, 2, 3], length: 100), "13", "middle of a message" },
        { Frames.Of([], flag: 2), "13", "compression flag is 2" },
        { Frames.Of([10, 1, 65], flag: 1), "13", "compressed" },
        { Frames.Of([255, 255, 255]), "13", "muster.grpc.test.Note" },
        { Frames.Of([], length: 4 * 1024 * 1024 + 1), "8", "4194305" },
        { Frames.Of([], length: uint.MaxValue), "8", "4294967295" },
        { [.. Frames.Of(new Note()), .. Frames.Of(new Note())], "13", "second message" },
        { "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), "13", "compression flag is 71" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Unary_BadBody_EndsWithAClearStatus(byte[] body, string status, string text)
    {
        await using var server = await EchoServer.StartAsync();
        using var response = await PostAsync(server, "/muster.grpc.test.Echo/Unary", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(status, response.Headers.GetValues("grpc-status").Single());
        Assert.Contains(text, response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Duplex_GarbageAfterAMessage_EndsWithAClearStatusAndStaysFailed()
    {
        await using var server = await EchoServer.StartAsync();
        var failures = Waits.NewEvent<(Exception? First, Exception? Second)>();
        server.Service.Chat = async (notes, replies, _) =>
        {
            await replies.WriteAsync((await notes.ReadAsync())!);
            var first = await Record.ExceptionAsync(() => notes.ReadAsync().AsTask());
            var second = await Record.ExceptionAsync(() => notes.ReadAsync().AsTask());
            failures.SetResult((first, second));
            throw first!;
        };
        using var response = await PostAsync(
            server,
            "/muster.grpc.test.Echo/Chat",
            [.. Frames.Of(new Note { Number = 1 }), .. Frames.Of([255, 255, 255]), .. Frames.Of(new Note())]);
        Assert.Equal(Frames.Of(new Note { Number = 1 }), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("13", response.TrailingHeaders.GetValues("grpc-status").Single());
        var (first, second) = await failures.Task.Soon();
        Assert.Equal(StatusCode.Internal, Assert.IsType<RpcException>(first).Code);
        Assert.Equal(StatusCode.Internal, Assert.IsType<RpcException>(second).Code);
    }

    [Theory]
    [InlineData("/muster.grpc.test.Echo/Missing")]
    [InlineData("/muster.grpc.test.Missing/Unary")]
    [InlineData("/muster.grpc.test.echo/unary")]
    public async Task AnyCall_UnknownMethod_IsUnimplementedInTrailersOnly(string path)
    {
        await using var server = await EchoServer.StartAsync();
        using var response = await PostAsync(server, path, Frames.Of(new Note()));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("12", response.Headers.GetValues("grpc-status").Single());
        Assert.Contains(path, response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc", HttpStatusCode.OK)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    [InlineData("application/grpc; charset=utf-8", HttpStatusCode.OK)]
    public async Task Unary_ContentType_DecidesWhetherItIsGrpc(string? contentType, HttpStatusCode expected)
    {
        await using var server = await EchoServer.StartAsync();
        using var response = await PostAsync(
            server, "/muster.grpc.test.Echo/Unary", Frames.Of(new Note()), contentType);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Unary_Get_IsRefusedInHttp()
    {
        await using var server = await EchoServer.StartAsync();
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(server.Address, "/muster.grpc.test.Echo/Unary"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await server.Invoker.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("POST", response.Content.Headers.Allow.Single());
    }

    [Fact]
    public async Task Unary_OverHttp11_AsksForAnUpgrade()
    {
        await using var server = await EchoServer.StartAsync(protocols: HttpProtocols.Http1);
        using var response = await PostAsync(
            server, "/muster.grpc.test.Echo/Unary", Frames.Of(new Note()), version: HttpVersion.Version11);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("123456789S")]
    [InlineData("1x")]
    [InlineData("-1S")]
    [InlineData("soon")]
    public async Task Unary_MalformedTimeout_IsInternal(string timeout)
    {
        await using var server = await EchoServer.StartAsync();
        using var response = await PostAsync(
            server, "/muster.grpc.test.Echo/Unary", Frames.Of(new Note()), headers: ("grpc-timeout", timeout));
        Assert.Equal("13", response.Headers.GetValues("grpc-status").Single());
        Assert.Contains(timeout, response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_BinaryHeaderThatIsNotBase64_IsInternalOnceRead()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (note, context) => Task.FromResult(new Note { Number = context.RequestHeaders.Count });
        using var response = await PostAsync(
            server, "/muster.grpc.test.Echo/Unary", Frames.Of(new Note()), headers: ("x-bin", "***"));
        Assert.Equal("13", response.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task HttpEndpoints_BesideGrpc_AreUndisturbed()
    {
        await using var server = await EchoServer.StartAsync(configure: app =>
        {
            app.MapGet("/{tenant}/{page}", (string tenant, string page) => $"{tenant} {page}");
            app.MapPost("/{tenant}/{page}", (string tenant, string page) => $"posted {tenant} {page}");
            app.MapFallback(() => Results.Text("fallback"));
        });
        using var posted = await PostAsync(server, "/a/b", [], "application/json");
        Assert.Equal("posted a b", await posted.Content.ReadAsStringAsync());
        using var deep = await PostAsync(server, "/a/b/c", [], "application/json");
        Assert.Equal("fallback", await deep.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(
        EchoServer server, string path, byte[] body, string? contentType = "application/grpc", Version? version = null,
        (string Name, string Value)? headers = null)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, path))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        if (headers is var (name, value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await server.Invoker.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        await response.Content.LoadIntoBufferAsync().Soon();
        return response;
    }
}
