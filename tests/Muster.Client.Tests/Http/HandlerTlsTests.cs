using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Http;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Telemetry;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

/// <summary>Calls over https, to real servers whose certificates come from an authority of the test.</summary>
public sealed class HandlerTlsTests : IDisposable
{
    private static readonly Uri s_uri = new("https://calculator/");
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(EndpointProtocol.Http1, 1, HttpVersionPolicy.RequestVersionOrLower, 1)]
    [InlineData(EndpointProtocol.Http1, 2, HttpVersionPolicy.RequestVersionOrLower, 1)]
    [InlineData(EndpointProtocol.Http2, 2, HttpVersionPolicy.RequestVersionExact, 2)]
    [InlineData(EndpointProtocol.Http1AndHttp2, 1, HttpVersionPolicy.RequestVersionOrLower, 1)]
    [InlineData(EndpointProtocol.Http1AndHttp2, 1, HttpVersionPolicy.RequestVersionOrHigher, 2)]
    [InlineData(EndpointProtocol.Http1AndHttp2, 2, HttpVersionPolicy.RequestVersionOrLower, 2)]
    [InlineData(EndpointProtocol.Http1AndHttp2, 2, HttpVersionPolicy.RequestVersionExact, 2)]
    public async Task Send_PrivateAuthority_IsServedUnderTheServicesName(
        EndpointProtocol protocol, int asked, HttpVersionPolicy policy, int expected)
    {
        using var certificate = _authority.Issue("calculator");
        await using var a = await Backend.StartAsync(
            "a", context => context.Response.WriteAsync($"{context.Request.Scheme}://{context.Request.Host}"), protocol, certificate: certificate);
        await using var fixture = Fixture(a.View);
        using var client = fixture.Client();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, s_uri) { Version = new Version(asked, asked == 1 ? 1 : 0), VersionPolicy = policy };
            using var response = await client.SendAsync(request);
            Assert.Equal("https://calculator", await response.Content.ReadAsStringAsync());
            Assert.Equal(expected, response.Version.Major);
        }

        Assert.Equal("calculator", Assert.Single(a.ServerNames));
        Assert.Equal(1, a.ConnectionsMade);
    }

    // As with any HttpClient: who overrides the authority means that name.
    [Fact]
    public async Task Send_HostHeader_IsWhatTheCertificateMustName()
    {
        using var certificate = _authority.Issue("sums.example");
        await using var a = await Backend.StartAsync("a", certificate: certificate);
        await using var fixture = Fixture(a.View);
        using var client = fixture.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, s_uri) { Headers = { Host = "sums.example:8443" } };
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("sums.example", Assert.Single(a.ServerNames));
    }

    [Theory]
    [InlineData("a stranger's")]
    [InlineData("another name's")]
    public async Task Send_CertificateIsNotTrusted_GoesToTheNext(string whose)
    {
        using var stranger = new TestAuthority("Stranger");
        using var wrong = whose == "a stranger's" ? stranger.Issue("calculator") : _authority.Issue("counter");
        using var right = _authority.Issue("calculator");
        await using var a = await Backend.StartAsync("a", certificate: wrong);
        await using var b = await Backend.StartAsync("b", certificate: right);
        await using var fixture = Fixture(a.View, b.View);
        using var client = fixture.Client();
        for (var i = 0; i < 4; i++)
        {
            // A POST: nothing of it was sent.
            using var response = await client.PostAsync(s_uri, new StringContent("x"));
            Assert.Equal("b", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(BreakerReason.ConnectFailed, fixture.Fleet.Roster.Members[0].Breaker.Reason);
        Assert.Equal((0, 1), (a.Requests, fixture.Observer.Picked.Count(id => id == "a")));
    }

    [Fact]
    public async Task Send_NoAuthorityIsGiven_OnlyTheSystemsCount()
    {
        using var certificate = _authority.Issue("calculator");
        await using var a = await Backend.StartAsync("a", certificate: certificate);
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync(s_uri));
        Assert.Contains("certificate", e.Message, StringComparison.Ordinal);
        Assert.Equal(HttpRequestError.ConnectionError, e.HttpRequestError);
    }

    [Fact]
    public async Task Send_ClientCertificate_IsShown()
    {
        using var server = _authority.Issue("calculator");
        using var own = _authority.Issue("caller");
        await using var a = await Backend.StartAsync(
            "a", context => context.Response.WriteAsync(context.Connection.ClientCertificate!.Subject), certificate: server,
            wantsCertificate: true);
        var options = _authority.Trusted;
        options.ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true);
        await using var fixture = new HandlerFixture(new MusterClientOptions { Seed = 1, Tls = options }, a.View);
        using var client = fixture.Client();
        Assert.Equal("CN=caller", await client.GetStringAsync(s_uri));
    }

    // It takes connections, and says nothing: without a limit of the handshake, calls would hang to their deadlines.
    [Fact]
    [Trait("pitfall", "http2-stream-limit")]
    public async Task Send_HandshakeStalls_GoesToTheNextInTimeAndGivesItsTurnBack()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new RawServer("a", async stream =>
        {
            // A client hello, and more only when it ends.
            _ = await stream.ReadAsync(new byte[16 * 1024]);
            hasBegun.TrySetResult();
            while (await stream.ReadAsync(new byte[1024]) > 0)
            {
            }
        });
        using var certificate = _authority.Issue("calculator");
        await using var b = await Backend.StartAsync("b", certificate: certificate);
        await using var fixture = Fixture(b.View);
        using var client = fixture.Client();

        // Its connection is there, so that the time that passes is the other's alone.
        await client.GetStringAsync(s_uri);
        fixture.Watch.Show(Secure(a.View), b.View);
        var calls = new[] { client.GetStringAsync(s_uri), client.GetStringAsync(s_uri) };
        await hasBegun.Task.InTime();
        Assert.Equal(Limits.ConnectsPerServiceMax - 1, FreeTurns(fixture));
        fixture.Clock.Advance(s_timeout);
        Assert.Equal(["b", "b"], await Task.WhenAll(calls).InTime());
        Assert.Equal(BreakerReason.ConnectFailed, fixture.Fleet.Roster.Members.Single(m => m.Id == "a").Breaker.Reason);
        Assert.Equal(Limits.ConnectsPerServiceMax, FreeTurns(fixture));
        Assert.Equal(1, fixture.Observer.Picked.Count(id => id == "a"));
    }

    [Fact]
    public async Task Send_HandshakeStallsAndNoOther_SaysSo()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new RawServer("a", async stream =>
        {
            _ = await stream.ReadAsync(new byte[16 * 1024]);
            hasBegun.TrySetResult();
            while (await stream.ReadAsync(new byte[1024]) > 0)
            {
            }
        });
        await using var fixture = Fixture(Secure(a.View));
        using var client = fixture.Client();
        var call = client.GetStringAsync(s_uri);
        await hasBegun.Task.InTime();
        fixture.Clock.Advance(s_timeout);
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => call.InTime());
        Assert.Equal((ServiceCallError.AllFailed, HttpRequestError.ConnectionError), (e.Error, e.HttpRequestError));
        Assert.Contains("did not end within 1000 ms", e.Message, StringComparison.Ordinal);
    }

    // Whoever has given up by the time the connect fails cannot say that it did.
    [Fact]
    public async Task Send_CallersGiveUpBeforeTheHandshakeDoes_InstanceIsSetAside()
    {
        var hasBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new RawServer("a", async stream =>
        {
            _ = await stream.ReadAsync(new byte[16 * 1024]);
            hasBegun.TrySetResult();
            while (await stream.ReadAsync(new byte[1024]) > 0)
            {
            }
        });
        using var recorded = new Recorded();
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1, Tls = _authority.Trusted, MeterFactory = recorded }, Secure(a.View));
        using var client = fixture.Client();
        using var stop = new CancellationTokenSource();
        var call = client.GetStringAsync(s_uri, stop.Token);
        await hasBegun.Task.InTime();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.Equal(BreakerState.Closed, fixture.Fleet.Roster.Members[0].Breaker.State);
        fixture.Clock.Advance(s_timeout);
        await recorded.FirstAsync(InstrumentNames.BreakerTransitions);
        Assert.Equal(BreakerReason.ConnectFailed, fixture.Fleet.Roster.Members[0].Breaker.Reason);
    }

    [Theory]
    [InlineData(EndpointProtocol.Http1)]
    [InlineData(EndpointProtocol.Http2)]
    public async Task Send_WarmedUp_FindsItsConnectionSecured(EndpointProtocol protocol)
    {
        using var certificate = _authority.Issue("calculator");
        await using var a = await Backend.StartAsync("a", protocol: protocol, certificate: certificate);
        await using var b = await Backend.StartAsync("b", protocol: protocol, certificate: certificate);
        await using var fixture = Fixture(a.View);
        using var client = fixture.Client(fixture.Options with { WarmUp = true });
        Use(client, protocol);
        await client.GetStringAsync(s_uri);
        await WarmUpAsync(fixture, a.View, b.View);

        // By then the server's tickets lie there, which must not look like its end.
        await b.FirstHandshakeAsync.InTime();
        Assert.Equal("calculator", Assert.Single(b.ServerNames));
        Assert.Equal(["a", "b"], new[] { await client.GetStringAsync(s_uri), await client.GetStringAsync(s_uri) }.Order());
        Assert.Equal((1, 1), (a.ConnectionsMade, b.ConnectionsMade));
    }

    // No call may notice.
    [Fact]
    public async Task Send_SpareIsSecuredForAnotherProtocol_MakesAnother()
    {
        using var certificate = _authority.Issue("calculator");
        await using var a = await Backend.StartAsync("a", protocol: EndpointProtocol.Http1AndHttp2, certificate: certificate);
        await using var b = await Backend.StartAsync("b", protocol: EndpointProtocol.Http1AndHttp2, certificate: certificate);
        await using var fixture = Fixture(a.View);
        using var client = fixture.Client(fixture.Options with { WarmUp = true });
        Use(client, EndpointProtocol.Http2);
        await client.GetStringAsync(s_uri);
        await WarmUpAsync(fixture, a.View, b.View);
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.PostAsync(s_uri, new StringContent("x"));
            Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, response.Version.Major));
        }

        Assert.Contains("b", fixture.Observer.Picked);
        Assert.All(fixture.Observer.Completed, outcome => Assert.True(outcome.Success));
        Assert.Equal(2, b.ConnectionsMade);
    }

    private static void Use(HttpClient client, EndpointProtocol protocol)
    {
        client.DefaultRequestVersion = protocol == EndpointProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
    }

    private static async Task WarmUpAsync(HandlerFixture fixture, params InstanceView[] instances)
    {
        fixture.Watch.Show(instances);
        fixture.Clock.Advance(TimeSpan.FromMilliseconds(10 * instances.Length));
        await fixture.Clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
    }

    private static int FreeTurns(HandlerFixture fixture)
    {
        var line = fixture.Fleet.Connections.Line;
        using var giveUp = new CancellationTokenSource();
        var turns = Enumerable.Range(0, Limits.ConnectsPerServiceMax).Select(_ => line.WaitAsync(s_timeout, giveUp.Token)).ToList();
        var free = turns.Count(turn => turn.IsCompletedSuccessfully);
        giveUp.Cancel();
        for (var i = 0; i < free; i++)
        {
            line.End();
        }

        return free;
    }

    private static InstanceView Secure(InstanceView view) =>
        Instances.At(view.Record.Default.Port, view.Id, endpoints: [view.Record.Default with { Scheme = "https" }]);

    private HandlerFixture Fixture(params InstanceView[] instances) =>
        new(new MusterClientOptions { Seed = 1, SlowStart = null, Tls = _authority.Trusted }, instances);
}
