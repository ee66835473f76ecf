using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Muster.Core;
using Muster.Core.Checks;
using Muster.Core.Model;
using Muster.Registry.Checks;
using Muster.Testing;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.Registry.Tests.Checks;

/// <summary>Probes of real sockets, kind and hostile.</summary>
public class ProberTests
{
    private static readonly ActiveCheck s_tcp = new() { Kind = CheckKind.Tcp };
    private static readonly ActiveCheck s_http = new() { Kind = CheckKind.Http };
    private static readonly ActiveCheck s_grpc = new() { Kind = CheckKind.Grpc };
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Tcp_TakesConnections_Succeeds(string host)
    {
        await using var target = Target.Silent();

        Assert.Equal(new ProbeResult(true, "connected"), await ProbeAsync(s_tcp, target.Port, host: host));
    }

    [Fact]
    public async Task Tcp_NobodyListens_FailsAndSaysSo()
    {
        var result = await ProbeAsync(s_tcp, ClosedPort());

        Assert.Equal((false, "Connection refused"), (result.IsSuccess, result.Detail));
    }

    [Fact]
    public async Task Tcp_NameThatNobodyKnows_FailsAndSaysSo() =>
        Assert.False((await ProbeAsync(s_tcp, 80, host: "no-such-host.invalid")).IsSuccess);

    [Theory]
    [InlineData("200 OK", 0, true, "status 200")]
    [InlineData("204 No Content", 0, true, "status 204")]
    [InlineData("503 Service Unavailable", 0, false, "status 503, 200 to 299 is wanted")]
    [InlineData("503 Service Unavailable", 503, true, "status 503")]
    [InlineData("200 OK", 204, false, "status 200, 204 is wanted")]
    public async Task Http_Answered_IsJudgedByItsStatus(string status, int expected, bool isSuccess, string detail)
    {
        await using var target = Target.Answering($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(new ProbeResult(isSuccess, detail), await ProbeAsync(s_http with { ExpectedStatus = expected }, target.Port));
    }

    [Fact]
    public async Task Http_Request_AsksForThePathAndClosesTheConnection()
    {
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var target = new Target(async (stream, token) =>
        {
            asked.TrySetResult(await Target.ReadHeadAsync(stream, token));
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), token);
        });

        await ProbeAsync(s_http with { Path = "/healthz?deep=1" }, target.Port);

        var request = await asked.Task;
        Assert.StartsWith("GET /healthz?deep=1 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains($"Host: 127.0.0.1:{target.Port}\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_Redirect_IsNotFollowed()
    {
        await using var elsewhere = Target.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var target = Target.Answering(
            $"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{elsewhere.Port}/\r\nContent-Length: 0\r\n\r\n");

        var result = await ProbeAsync(s_http, target.Port);

        Assert.Equal((false, "status 302, 200 to 299 is wanted", 0), (result.IsSuccess, result.Detail, elsewhere.Connections));
    }

    [Fact]
    public async Task Http_BodyWithoutEnd_IsNotRead()
    {
        var sent = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var target = new Target(async (stream, token) =>
        {
            await Target.ReadHeadAsync(stream, token);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"u8.ToArray(), token);
            var bytes = 0L;
            var part = new byte[64 * 1024];
            try
            {
                while (true)
                {
                    await stream.WriteAsync(part, token);
                    bytes += part.Length;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                sent.TrySetResult(bytes);
            }
        });

        var result = await ProbeAsync(s_http, target.Port);

        Assert.True(result.IsSuccess, result.Detail);
        // What the two kernels buffer, and no more.
        Assert.InRange(await sent.Task.WaitAsync(TimeSpan.FromSeconds(20)), 0, 16 * 1024 * 1024);
    }

    [Fact]
    public async Task Http_HeadersWithoutEnd_FailAtTheirBound()
    {
        await using var target = new Target(async (stream, token) =>
        {
            await Target.ReadHeadAsync(stream, token);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), token);
            for (var i = 0; ; i++)
            {
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"X-{i}: {new string('x', 1000)}\r\n"), token);
            }
        });

        var result = await ProbeAsync(s_http, target.Port);

        Assert.False(result.IsSuccess);
        Assert.Contains($"{Limits.CheckHeaderKibMax * 1024}", result.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<CheckKind> Kinds => [CheckKind.Http, CheckKind.Grpc];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Probe_TargetHangs_EndsAtItsTimeoutAndNotBefore(CheckKind kind)
    {
        await using var target = Target.Silent();
        var probing = ProbeAsync(new ActiveCheck { Kind = kind, Timeout = TimeSpan.FromSeconds(3) }, target.Port);
        await target.AcceptedAsync();

        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(probing.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));

        var result = await probing.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(result.IsSuccess);
        Assert.Contains(kind == CheckKind.Http ? "no answer within 3 s" : "", result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("muster.v1.Registry", true)]
    [InlineData("my.package.Nobody", false)]
    public async Task Grpc_HealthService_IsAsked(string service, bool isSuccess)
    {
        await using var registry = await InProcessRegistry.StartAsync();

        var result = await ProbeAsync(s_grpc with { GrpcService = service }, Port(registry), EndpointProtocol.Http2);

        Assert.True(isSuccess == result.IsSuccess, result.Detail);
        Assert.Equal(isSuccess ? "health Serving" : "health ServiceUnknown", result.Detail);
    }

    [Fact]
    public async Task Http_OverHttp2InCleartext_IsAnswered()
    {
        await using var registry = await InProcessRegistry.StartAsync();

        var result = await ProbeAsync(s_http with { ExpectedStatus = 404 }, Port(registry), EndpointProtocol.Http2);

        Assert.Equal((true, "status 404"), (result.IsSuccess, result.Detail));
    }

    [Fact]
    public async Task Grpc_ServerThatSpeaksSomethingElse_Fails()
    {
        await using var target = new Target(async (stream, token) =>
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), token));

        Assert.False((await ProbeAsync(s_grpc, target.Port, EndpointProtocol.Http2)).IsSuccess);
    }

    [Fact]
    public async Task Probe_RegistryStops_EndsWithoutAResult()
    {
        await using var target = Target.Silent();
        using var stopping = new CancellationTokenSource();
        var probing = new Prober(_time).ProbeAsync(TargetAt(s_http, target.Port, EndpointProtocol.Http1, "127.0.0.1"), stopping.Token);
        await target.AcceptedAsync();

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Grpc_MessageOverItsBound_Fails(int over, bool isSuccess)
    {
        // SERVING, and a field that nobody knows to fill it: two bytes of status, three of the field's head.
        var filler = Limits.CheckMessageBytesMax + over - 5;
        byte[] message = [8, 1, 0x7A, (byte)((filler & 0x7F) | 0x80), (byte)(filler >> 7), .. new byte[filler]];
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.MapPost("/grpc.health.v1.Health/Check", async (HttpContext http) =>
        {
            http.Response.ContentType = "application/grpc";
            http.Response.DeclareTrailer("grpc-status");
            await http.Response.BodyWriter.WriteAsync((byte[])[0, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, .. message]);
            http.Response.AppendTrailer("grpc-status", "0");
        });
        await app.StartAsync();

        var result = await ProbeAsync(s_grpc, new Uri(app.Urls.First()).Port, EndpointProtocol.Http2);

        Assert.True(isSuccess == result.IsSuccess, result.Detail);
    }

    [Fact]
    public async Task Connect_MoreNamesThanMayBeLookedUpAtATime_TheRestWaits()
    {
        var asked = 0;
        var never = new TaskCompletionSource<IPAddress[]>();
        var hosts = new HostLookup(_ =>
        {
            asked++;
            return never.Task;
        });
        using var gaveUp = new CancellationTokenSource();
        var connecting = Enumerable.Range(0, Limits.CheckLookupsMax + 1).Select(i => hosts.ConnectAsync($"host-{i}", 80, gaveUp.Token)).ToList();
        await gaveUp.CancelAsync();
        await Task.WhenAll(connecting).ContinueWith(_ => { }, TaskScheduler.Default);

        // Who gave up does not free a place: the look-up itself still runs.
        Assert.Equal(Limits.CheckLookupsMax, asked);
        using var late = new CancellationTokenSource();
        var waiting = hosts.ConnectAsync("late", 80, late.Token);
        Assert.Equal(Limits.CheckLookupsMax, asked);
        await late.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Theory]
    [InlineData(Limits.CheckAddressesMax - 1, true)]
    [InlineData(Limits.CheckAddressesMax, false)]
    public async Task Connect_NameWithManyAddresses_TriesTheFirst(int refusing, bool isSuccess)
    {
        await using var target = Target.Silent();
        var hosts = new HostLookup(_ => Task.FromResult<IPAddress[]>(
            [.. Enumerable.Repeat(IPAddress.Parse("127.0.0.2"), refusing), IPAddress.Loopback]));

        var connecting = hosts.ConnectAsync("many", target.Port, CancellationToken.None);

        if (isSuccess)
        {
            (await connecting).Dispose();
        }
        else
        {
            await Assert.ThrowsAsync<SocketException>(() => connecting);
        }
    }

    private static int Port(InProcessRegistry registry) => int.Parse(registry.Address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static CheckTarget TargetAt(ActiveCheck check, int port, EndpointProtocol protocol, string host) => new(
        new InstanceKey(ServiceKey.Default("db"), "a"), host, new Endpoint(Endpoint.DefaultName, "http", protocol, port), check);

    private Task<ProbeResult> ProbeAsync(
        ActiveCheck check, int port, EndpointProtocol protocol = EndpointProtocol.Http1, string host = "127.0.0.1") =>
        new Prober(_time).ProbeAsync(TargetAt(check, port, protocol, host), CancellationToken.None);
}
