using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Muster.Client.Http;

namespace Muster.Client.Tests.Http;

public sealed class TlsClientTests
{
    // Also what a later framework adds.
    [Fact]
    public void Options_EachThatTheApplicationMaySet_ArrivesAtTheConnection()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("caller");
        var given = new SslClientAuthenticationOptions
        {
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateChainPolicy = new X509ChainPolicy(),
            CertificateRevocationCheckMode = X509RevocationMode.Offline,
            ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            ClientCertificates = [certificate],
            EnabledSslProtocols = SslProtocols.Tls13,
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None,
        };
        if (OperatingSystem.IsLinux())
        {
            given.AllowRsaPssPadding = false;
            given.AllowRsaPkcs1Padding = false;
            given.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_128_GCM_SHA256]);
        }

        var made = new TlsClient(given).OptionsFor(new TlsAim("calculator", TlsProtocols.Http1));
        var (fresh, changed) = (new SslClientAuthenticationOptions(), 0);
        foreach (var property in typeof(SslClientAuthenticationOptions).GetProperties())
        {
            if (property.Name is nameof(given.TargetHost) or nameof(given.ApplicationProtocols))
            {
                continue;
            }

            Assert.Equal(property.GetValue(given), property.GetValue(made));
            changed += Equals(property.GetValue(given), property.GetValue(fresh)) ? 0 : 1;
        }

        // Encryption has one value that is not obsolete; all others were given another than they have by default.
        var settable = typeof(SslClientAuthenticationOptions).GetProperties().Length - 3;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Not all of them exist on other systems.");
        Assert.Equal(settable, changed);
    }

    [Theory]
    [InlineData(TlsProtocols.Http1, true, "")]
    [InlineData(TlsProtocols.Http2, false, "h2")]
    [InlineData(TlsProtocols.Http2OrHttp1, false, "h2,http/1.1")]
    public void Options_ByProtocol_OfferItAndForbidRenegotiationWhereHttp2MayCome(object protocols, bool mayRenegotiate, string offered)
    {
        var made = new TlsClient(null).OptionsFor(new TlsAim("calculator", (TlsProtocols)protocols));
        Assert.Equal("calculator", made.TargetHost);
        Assert.Equal(mayRenegotiate, made.AllowRenegotiation);
        Assert.Equal(offered, string.Join(',', made.ApplicationProtocols ?? []));
    }

    [Fact]
    public async Task Spare_SecuredAndEnded_IsOfNoUse()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("calculator");
        await using var a = await Backend.StartAsync("a", certificate: certificate);
        var aim = new TlsAim("calculator", TlsProtocols.Http1);
        var (left, cut) = (new SpareConnection(aim), new SpareConnection(aim));
        await using var stream = await ConnectAsync(a, aim, authority);
        left.OnMade(stream);
        Assert.Same(stream, await left.TakeAsync(aim, default));

        // Its first read waits for the watch, and gets what came.
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: calculator\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(), StringComparison.Ordinal);

        var ended = await ConnectAsync(a, aim, authority);
        cut.OnMade(ended);
        a.CutConnections();
        await Assert.ThrowsAnyAsync<IOException>(() => ended.News!.InTime());
        Assert.True(cut.HasEnded);
        Assert.Null(await cut.TakeAsync(aim, default));
    }

    private static async Task<TlsStream> ConnectAsync(Backend backend, TlsAim aim, TestAuthority authority)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, backend.Port);
        return await new TlsClient(authority.Trusted).SecureAsync(new NetworkStream(socket, ownsSocket: true), aim, default);
    }
}
