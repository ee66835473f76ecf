using Muster.Grpc.AspNetCore;
using Muster.Grpc.Reflection;
using Muster.Grpc.Reflection.Protos.V1;

namespace Muster.Grpc.Tests;

/// <summary>Server reflection, both versions.</summary>
public sealed class ReflectionTests
{
    [Fact]
    public async Task ListServices_OfAnApplication_NamesAllOfThem()
    {
        await using var server = await StartAsync();
        Assert.Equal(
            [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
                "muster.grpc.test.Echo",
            ],
            await new ReflectionClient(server.Client).ListServicesAsync());
    }

    [Fact]
    public async Task GetService_WithImports_IsRebuiltFromTheAnswer()
    {
        await using var server = await StartAsync();
        var service = await new ReflectionClient(server.Client).GetServiceAsync("muster.grpc.test.Echo");
        Assert.Equal(["Unary", "Collect", "Expand", "Chat"], service.Methods.Select(m => m.Name));
        Assert.True(service.FindMethodByName("Chat").IsServerStreaming);
        Assert.Equal("muster.grpc.test.Note", service.FindMethodByName("Unary").InputType.FullName);
    }

    [Fact]
    public async Task GetService_Unknown_IsNotFound()
    {
        await using var server = await StartAsync();
        var e = await Waits.RpcFailureAsync(() => new ReflectionClient(server.Client).GetServiceAsync("no.Such"));
        Assert.Equal(StatusCode.NotFound, e.Code);
        Assert.Contains("no.Such", e.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("muster.grpc.test.Echo", true)]
    [InlineData("muster.grpc.test.Echo.Unary", true)]
    [InlineData("muster.grpc.test.Note", true)]
    [InlineData("muster.grpc.test.Note.text", true)]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus", true)]
    [InlineData("grpc.health.v1.HealthCheckResponse.SERVING", true)]
    [InlineData("google.protobuf.MethodOptions", false)]
    [InlineData("", false)]
    public async Task FileContainingSymbol_InBothVersions_FindsEveryKindOfSymbol(string symbol, bool known)
    {
        await using var server = await StartAsync();
        foreach (var method in new[] { ReflectionMethods.V1, ReflectionMethods.V1Alpha })
        {
            await using var call = server.Client.Streaming(method);
            await call.WriteAsync(new ServerReflectionRequest { Host = "h", FileContainingSymbol = symbol });
            var response = (await call.ReadAsync().Soon())!;
            Assert.Equal("h", response.ValidHost);
            Assert.Equal(symbol, response.OriginalRequest.FileContainingSymbol);
            Assert.Equal(known, response.FileDescriptorResponse is not null);
            Assert.Equal(known ? 0 : (int)StatusCode.NotFound, response.ErrorResponse?.ErrorCode ?? 0);
        }
    }

    [Fact]
    public async Task Answers_ToOtherQuestions_AreErrorsOrEmpty()
    {
        await using var server = await StartAsync();
        await using var call = server.Client.Streaming(ReflectionMethods.V1);
        await call.WriteAsync(new ServerReflectionRequest());
        Assert.Equal((int)StatusCode.InvalidArgument, (await call.ReadAsync().Soon())!.ErrorResponse.ErrorCode);
        await call.WriteAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "muster.grpc.test.Note" });
        Assert.Empty((await call.ReadAsync().Soon())!.AllExtensionNumbersResponse.ExtensionNumber);
        await call.WriteAsync(new ServerReflectionRequest
        {
            FileContainingExtension = new ExtensionRequest
            {
                ContainingType = "muster.grpc.test.Note",
                ExtensionNumber = 1,
            },
        });
        Assert.Equal((int)StatusCode.NotFound, (await call.ReadAsync().Soon())!.ErrorResponse.ErrorCode);
        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync().Soon());
    }

    private static Task<EchoServer> StartAsync() => EchoServer.StartAsync(configure: app =>
    {
        app.MapGrpcService(new HealthService());
        app.MapGrpcService(new ReflectionService());
    });
}
