using Muster.AspNetCore;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Tests.AspNetCore;

public sealed class ServerEndpointsTests
{
    [Theory]
    [InlineData("http://[::]:5001", null)]
    [InlineData("http://0.0.0.0:5001", null)]
    [InlineData("http://*:5001", null)]
    [InlineData("http://+:5001", null)]
    [InlineData("http://127.0.0.1:5001", "127.0.0.1")]
    [InlineData("http://localhost:5001", "127.0.0.1")]
    [InlineData("http://[::1]:5001", "::1")]
    [InlineData("http://192.168.1.5:5001", "192.168.1.5")]
    [InlineData("http://[2001:db8::5]:5001", "2001:db8::5")]
    public void Read_OneAddress_SaysWhereItIsReached(string address, string? host)
    {
        var bound = Read(address);

        Assert.Equal(host, bound.Host);
        Assert.Equal([new Endpoint("default", "http", EndpointProtocol.Http1, 5001)], bound.Endpoints);
    }

    [Fact]
    public void Read_SeveralPorts_NamesThemApart()
    {
        var bound = Read("http://[::]:5001", "https://[::]:5002", "http://[::]:5003");

        Assert.Equal(
        [
            new Endpoint("default", "http", EndpointProtocol.Http1, 5001),
            new Endpoint("https-5002", "https", EndpointProtocol.Http1AndHttp2, 5002),
            new Endpoint("http-5003", "http", EndpointProtocol.Http1, 5003),
        ], bound.Endpoints);
    }

    [Fact]
    public void Read_SamePortOnIPv4AndIPv6_IsOneEndpoint() =>
        Assert.Single(Read("http://0.0.0.0:5001", "http://[::]:5001").Endpoints);

    [Fact]
    public void Read_LoopbackBesideAll_TakesWhatMostCallersReach()
    {
        var bound = Read("http://127.0.0.1:5001", "http://[::]:5002");

        Assert.Null(bound.Host);
        Assert.Equal([5002], bound.Endpoints.Select(e => e.Port));
    }

    [Fact]
    public void Read_LoopbackBesideOneAddress_TakesTheAddress() =>
        Assert.Equal("10.0.0.1", Read("http://127.0.0.1:5001", "http://10.0.0.1:5001").Host);

    [Fact]
    public void Read_NoTcpPort_IsEmpty()
    {
        Assert.Empty(Read("http://unix:/tmp/app.sock").Endpoints);
        Assert.Empty(Read().Endpoints);
    }

    [Fact]
    public void Read_MorePortsThanAnInstanceMayHave_TakesTheFirst() => Assert.Equal(
        Limits.EndpointsMax, Read([.. Enumerable.Range(5001, 20).Select(p => $"http://[::]:{p}")]).Endpoints.Length);

    private static ServerEndpoints Read(params string[] addresses) =>
        ServerEndpoints.Read(addresses, EndpointProtocol.Http1, EndpointProtocol.Http1AndHttp2);
}
