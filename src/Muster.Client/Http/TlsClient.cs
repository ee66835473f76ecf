using System.Net.Security;

namespace Muster.Client.Http;

/// <summary>Secures connections to instances.</summary>
/// <remarks>
/// Thread-safe. <see cref="SocketsHttpHandler"/> would do it by itself over any stream that is not secured yet, but on no clock of ours, and
/// after the turn to connect and its time are over: a peer that takes the connection and says nothing would hold calls to their deadline.
/// </remarks>
/// <param name="options">The application's; null is the system's trust and no client certificate.</param>
internal sealed class TlsClient(SslClientAuthenticationOptions? options)
{
    private readonly SslClientAuthenticationOptions _options = options ?? new SslClientAuthenticationOptions();

    /// <summary>Does the handshake.</summary>
    /// <param name="stream">The connection; the secured one owns it, and it is closed if the handshake fails.</param>
    /// <param name="aim">What for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The peer is not trusted, or does not trust.</exception>
    public async Task<TlsStream> SecureAsync(Stream stream, TlsAim aim, CancellationToken cancellationToken)
    {
        var secured = new TlsStream(stream);
        try
        {
            await secured.AuthenticateAsClientAsync(OptionsFor(aim), cancellationToken).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The application's options with what a connection adds. A copy: those are shared by all connections.</summary>
    internal SslClientAuthenticationOptions OptionsFor(TlsAim aim)
    {
        var copy = CopyFor(aim);
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            copy.AllowRsaPssPadding = _options.AllowRsaPssPadding;
            copy.AllowRsaPkcs1Padding = _options.AllowRsaPkcs1Padding;
        }

        return copy;
    }

    private SslClientAuthenticationOptions CopyFor(TlsAim aim) => new()
    {
        TargetHost = aim.Host,
        ApplicationProtocols = aim.Offered,
        // RFC 9113 §9.2.1 forbids it.
        AllowRenegotiation = _options.AllowRenegotiation && aim.Protocols == TlsProtocols.Http1,
        AllowTlsResume = _options.AllowTlsResume,
        CertificateChainPolicy = _options.CertificateChainPolicy,
        CertificateRevocationCheckMode = _options.CertificateRevocationCheckMode,
        CipherSuitesPolicy = _options.CipherSuitesPolicy,
        ClientCertificateContext = _options.ClientCertificateContext,
        ClientCertificates = _options.ClientCertificates,
        EnabledSslProtocols = _options.EnabledSslProtocols,
        EncryptionPolicy = _options.EncryptionPolicy,
        LocalCertificateSelectionCallback = _options.LocalCertificateSelectionCallback,
        RemoteCertificateValidationCallback = _options.RemoteCertificateValidationCallback,
    };
}
