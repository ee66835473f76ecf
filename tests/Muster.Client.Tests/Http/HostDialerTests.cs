using System.Net;
using System.Net.Sockets;
using Muster.Client.Http;
using Muster.Core;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

public sealed class HostDialerTests
{
    private static readonly TimeSpan s_patience = Limits.ConnectAddressPatience;

    private readonly ManualTimeProvider _clock = new();
    private readonly Dictionary<string, TaskCompletionSource<Socket>> _tried = [];
    private readonly Dictionary<string, TaskCompletionSource> _begun = [];
    private readonly HostDialer _dialer;
    private bool _heedsItsEnd = true;

    public HostDialerTests() => _dialer = new HostDialer(ConnectAsync, s_patience, _clock);

    [Theory]
    [InlineData("::1 ::2 1.0.0.1 1.0.0.2", "::1 1.0.0.1 ::2 1.0.0.2")]
    [InlineData("1.0.0.1 ::1", "1.0.0.1 ::1")]
    [InlineData("1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5", "1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4")]
    [InlineData("::1 ::2 ::3 ::4 ::5 1.0.0.1", "::1 1.0.0.1 ::2 ::3")]
    public void Order_Families_ComeByTurns(string addresses, string expected) =>
        Assert.Equal(expected, string.Join(' ', HostDialer.Order(Parse(addresses))));

    [Theory]
    [InlineData(Limits.ConnectAddressesMax)]
    [InlineData(Limits.ConnectAddressesMax + 1)]
    public void Order_Many_AreBounded(int count) => Assert.Equal(
        Limits.ConnectAddressesMax, HostDialer.Order([.. Enumerable.Range(1, count).Select(i => new IPAddress([10, 0, 0, (byte)i]))]).Count);

    [Fact]
    public async Task Connect_FirstIsDead_CostsAQuarterOfASecond()
    {
        var connecting = _dialer.ConnectAsync(Parse("::1 1.0.0.1"), default);
        Assert.Equal(["::1"], _tried.Keys);
        _clock.Advance(s_patience - TimeSpan.FromTicks(1));
        Assert.Equal(["::1"], _tried.Keys);
        _clock.Advance(TimeSpan.FromTicks(1));
        await TriedAsync("1.0.0.1");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _tried["1.0.0.1"].SetResult(socket);
        Assert.Same(socket, await connecting.InTime());
        Assert.Equal(0, _clock.ArmedTimersCount);
    }

    // One that comes too late has an owner no more.
    [Fact]
    public async Task Connect_OthersAreMadeToo_AreClosed()
    {
        _heedsItsEnd = false;
        var connecting = _dialer.ConnectAsync(Parse("::1 1.0.0.1"), default);
        _clock.Advance(s_patience);
        await TriedAsync("1.0.0.1");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _tried["1.0.0.1"].SetResult(socket);
        await connecting.InTime();
        using var late = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _tried["::1"].SetResult(late);
        Assert.True(late.SafeHandle.IsClosed);
        Assert.False(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Connect_OneFails_TriesTheNextAtOnce()
    {
        var connecting = _dialer.ConnectAsync(Parse("::1 1.0.0.1"), default);
        _tried["::1"].SetException(new SocketException((int)SocketError.NetworkUnreachable));
        await TriedAsync("1.0.0.1");
        _tried["1.0.0.1"].SetException(new SocketException((int)SocketError.ConnectionRefused));
        var e = await Assert.ThrowsAsync<SocketException>(() => connecting.InTime());
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
    }

    [Fact]
    public async Task Connect_GivenUp_EndsWhatRuns()
    {
        using var stop = new CancellationTokenSource();
        var connecting = _dialer.ConnectAsync(Parse("::1 1.0.0.1"), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.InTime());
        Assert.True(_tried["::1"].Task.IsCanceled);
        Assert.Equal((1, 0), (_tried.Count, _clock.ArmedTimersCount));
    }

    // Through the connector, over real sockets: a full backlog is as silent as a route to nowhere.
    [Fact]
    public async Task Connector_NamesFirstAddressIsSilent_ConnectsToTheNext()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "How a full backlog behaves differs by system.");
        await using var b = await Backend.StartAsync("b");
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.9"), b.Port));
        full.Listen(0);
        using var filler = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(full.LocalEndPoint!);
        var factory = new ConnectionFactory("calculator", new ConnectTurns(_clock), new TlsClient(null))
        {
            Resolve = (host, _) => Task.FromResult(host == "node-7" ? new[] { IPAddress.Parse("127.0.0.9"), IPAddress.Loopback } : []),
        };
        using var connector = Connectors.To(b.Port, factory, "node-7");
        var connecting = connector.ConnectAsync(null, isCall: true, default).AsTask();
        await _clock.TimerArmedAsync(due => due == s_patience).InTime();
        _clock.Advance(s_patience);
        await using var stream = await connecting.InTime();
        await b.FirstConnectionAsync.InTime();

        using var unknown = Connectors.To(b.Port, factory, "node-8");
        var e = await Assert.ThrowsAsync<SocketException>(() => unknown.ConnectAsync(null, isCall: true, default).AsTask().InTime());
        Assert.Equal(SocketError.HostNotFound, e.SocketErrorCode);
    }

    // The process behind a name comes back on another machine.
    [Fact]
    [Trait("pitfall", "dns-pinned")]
    public async Task Connector_NameMovesBetweenConnects_IsDialledWhereItIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere 127.0.0.9 is nobody's.");
        await using var before = await Backend.StartAsync("before");
        using var after = new TcpListener(IPAddress.Parse("127.0.0.9"), before.Port);
        after.Start();
        var current = IPAddress.Loopback;
        var factory = new ConnectionFactory("calculator", new ConnectTurns(_clock), new TlsClient(null))
        {
            Resolve = (_, _) => Task.FromResult(new[] { current }),
        };
        using var connector = Connectors.To(before.Port, factory, "node-7");
        await (await connector.ConnectAsync(null, isCall: true, default).AsTask().InTime()).DisposeAsync();
        await before.NextConnectionAsync();

        current = IPAddress.Parse("127.0.0.9");
        await using var stream = await connector.ConnectAsync(null, isCall: true, default).AsTask().InTime();
        using var accepted = await after.AcceptSocketAsync().InTime();
        Assert.Equal(1, before.ConnectionsMade);
    }

    private static List<IPAddress> Parse(string addresses) => [.. addresses.Split(' ').Select(IPAddress.Parse)];

    private Task<Socket> ConnectAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var made = new TaskCompletionSource<Socket>();
        cancellationToken.Register(() => _ = _heedsItsEnd && made.TrySetCanceled(cancellationToken));
        lock (_begun)
        {
            _tried.Add(address.ToString(), made);
            Begun(address.ToString()).TrySetResult();
        }

        return made.Task;
    }

    private Task TriedAsync(string address)
    {
        lock (_begun)
        {
            return Begun(address).Task.InTime();
        }
    }

    private TaskCompletionSource Begun(string address)
    {
        if (!_begun.TryGetValue(address, out var begun))
        {
            _begun[address] = begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return begun;
    }
}
