using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Muster.Grpc.AspNetCore;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>gRPC over TLS, with the protocol negotiated by ALPN.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task AllKinds_OverTls_Succeed()
    {
        using var certificate = CreateCertificate();
        await using var app = await StartAsync(certificate);
        using var invoker = new HttpMessageInvoker(HandlerTrusting(certificate));
        var client = new GrpcClient(
            invoker, new Uri(app.Urls.Single()), new GrpcClientOptions { TimeProvider = TimeProvider.System });
        Assert.Equal(1, (await client.UnaryAsync(EchoMethods.Unary, new Note { Number = 1 }).Soon()).Number);
        await using var call = client.Streaming(EchoMethods.Chat);
        await call.WriteAsync(new Note { Number = 2 }).Soon();
        Assert.Equal(2, (await call.ReadAsync().Soon())!.Number);
        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync().Soon());
    }

    [Fact]
    public async Task Certificate_NotTrusted_IsUnavailableAndNeverRan()
    {
        using var certificate = CreateCertificate();
        await using var app = await StartAsync(certificate);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        var client = new GrpcClient(
            invoker, new Uri(app.Urls.Single()), new GrpcClientOptions { TimeProvider = TimeProvider.System });
        var e = await Waits.RpcFailureAsync(() => client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.True(e.NeverRan);
    }

    private static SocketsHttpHandler HandlerTrusting(X509Certificate2 certificate)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString();
        return handler;
    }

    private static async Task<WebApplication> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        app.MapGrpcService(new EchoService());
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
