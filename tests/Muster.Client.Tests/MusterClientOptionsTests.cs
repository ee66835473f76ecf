using System.Net.Security;
using Muster.Core;

namespace Muster.Client.Tests;

public sealed class MusterClientOptionsTests
{
    [Theory]
    [InlineData("localhost:5000", true)]
    [InlineData("10.0.0.1:1", true)]
    [InlineData("[::1]:65535", true)]
    [InlineData("my_registry:5000", true)]
    [InlineData("localhost", false)]
    [InlineData("::1", false)]
    [InlineData("localhost:0", false)]
    [InlineData("localhost:65536", false)]
    [InlineData("http://localhost:5000", false)]
    [InlineData("", false)]
    public Task Registry_Text_IsHostAndPort(string registry, bool isAllowed) =>
        AssertAsync(isAllowed, "Registry", new MusterClientOptions { Registry = registry });

    [Theory]
    [InlineData(9.999, false)]
    [InlineData(10, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public Task ConnectTimeout_Milliseconds_IsHeldToItsRange(double milliseconds, bool isAllowed) =>
        AssertAsync(isAllowed, "ConnectTimeout", new MusterClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(milliseconds) });

    [Theory]
    [InlineData(99.999, false)]
    [InlineData(100, true)]
    [InlineData(60_000, true)]
    [InlineData(60_000.001, false)]
    public Task CallTimeout_Milliseconds_IsHeldToItsRange(double milliseconds, bool isAllowed) =>
        AssertAsync(isAllowed, "CallTimeout", new MusterClientOptions { CallTimeout = TimeSpan.FromMilliseconds(milliseconds) });

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(Limits.ClientNameCharsMax, true)]
    [InlineData(Limits.ClientNameCharsMax + 1, false)]
    public Task ClientName_Length_IsHeldToItsRange(int characters, bool isAllowed) =>
        AssertAsync(isAllowed, "ClientName", new MusterClientOptions { ClientName = new string('x', characters) });

    [Theory]
    [InlineData("east-1", true)]
    [InlineData("", false)]
    [InlineData("East", false)]
    public Task Zone_Name_IsOne(string zone, bool isAllowed) => AssertAsync(isAllowed, "Zone", new MusterClientOptions { Zone = zone });

    [Theory]
    [InlineData(Limits.ZoneCharsMax, true)]
    [InlineData(Limits.ZoneCharsMax + 1, false)]
    public Task Zone_Length_IsHeldToItsRange(int characters, bool isAllowed) =>
        AssertAsync(isAllowed, "Zone", new MusterClientOptions { Zone = new string('x', characters) });

    [Theory]
    [InlineData(0, 1, "", true)]
    [InlineData(4, 5, "", true)]
    [InlineData(-1, 5, "ClientIndex", false)]
    [InlineData(5, 5, "ClientIndex", false)]
    [InlineData(null, 5, "ClientIndex", false)]
    [InlineData(5, null, "ClientCount", false)]
    [InlineData(0, 0, "ClientCount", false)]
    [InlineData(0, 1_000_000, "", true)]
    [InlineData(0, 1_000_001, "ClientCount", false)]
    public Task ClientIndexAndCount_BothOrNone_AreHeldToTheirRange(int? index, int? count, string field, bool isAllowed) =>
        AssertAsync(isAllowed, field, new MusterClientOptions { ClientIndex = index, ClientCount = count });

    [Theory]
    [InlineData(null, true)]
    [InlineData("/var/cache/app", true)]
    [InlineData("relative", false)]
    [InlineData("./relative", false)]
    [InlineData("", false)]
    [InlineData("/nul\0", false)]
    public Task CacheDirectory_Path_IsAbsolute(string? directory, bool isAllowed)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths are Unix's");
        return AssertAsync(isAllowed, "CacheDirectory", new MusterClientOptions { CacheDirectory = directory });
    }

    [Theory]
    [InlineData(59_999, false)]
    [InlineData(60_000, true)]
    [InlineData(30d * 24 * 3600 * 1000, true)]
    [InlineData((30d * 24 * 3600 * 1000) + 1, false)]
    public Task CacheAgeMax_Milliseconds_IsHeldToItsRange(double milliseconds, bool isAllowed) =>
        AssertAsync(isAllowed, "CacheAgeMax", new MusterClientOptions { CacheAgeMax = TimeSpan.FromMilliseconds(milliseconds) });

    [Fact]
    public async Task Tls_WhatEachConnectionSetsItself_IsRefused()
    {
        await AssertAsync(true, "", new MusterClientOptions { Tls = new SslClientAuthenticationOptions { TargetHost = "" } });
        await AssertAsync(false, "Tls.TargetHost", new MusterClientOptions { Tls = new SslClientAuthenticationOptions { TargetHost = "x" } });
        await AssertAsync(
            false, "Tls.ApplicationProtocols", new MusterClientOptions { Tls = new SslClientAuthenticationOptions { ApplicationProtocols = [] } });
    }

    private static async Task AssertAsync(bool isAllowed, string name, MusterClientOptions options)
    {
        if (isAllowed)
        {
            await new MusterClient(options).DisposeAsync();
            return;
        }

        var e = Assert.Throws<ArgumentException>(() => new MusterClient(options));
        Assert.StartsWith(name, e.Message, StringComparison.Ordinal);
    }
}
