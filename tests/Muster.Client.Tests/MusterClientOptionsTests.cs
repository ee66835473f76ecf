using System.Collections.Immutable;
using System.Net.Security;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
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

    [Fact]
    public void Options_SeveralWrong_AreAllNamedInOneError()
    {
        var e = Assert.Throws<ArgumentException>(() => new MusterClient(new MusterClientOptions
        {
            Registry = "localhost",
            ClientName = "",
            Zone = "East",
            ClientCount = 5,
            ConnectTimeout = TimeSpan.Zero,
            CallTimeout = TimeSpan.Zero,
            SlowStart = TimeSpan.Zero,
            Tls = new SslClientAuthenticationOptions { TargetHost = "x", ApplicationProtocols = [] },
            Ejection = new EjectionOptions { ConsecutiveFailures = 0, PanicThreshold = 2, LatencyFactor = double.NaN },
            Policies = ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>>.Empty
                .Add(PolicyNames.Random, _ => null!).Add(PolicyNames.Adaptive, _ => null!),
            CacheDirectory = "relative",
            CacheAgeMax = TimeSpan.Zero,
            TimeProvider = null!,
        }));

        Assert.Equal(
            "Bad client options: "
            + "Registry is 'localhost': a port is needed, written host:port. "
            + $"ClientName is 0 characters: 1 to {Limits.ClientNameCharsMax} characters are allowed. "
            + "Zone is 'East': a-z, 0-9, '-', '.' and '_' are allowed, with a letter or digit at both ends. "
            + "ClientIndex is null: ClientCount needs it; both or none are given. "
            + "ConnectTimeout is 0 ms: 10 ms to 60000 ms are allowed. "
            + "CallTimeout is 0 ms: 100 ms to 60000 ms are allowed. "
            + "SlowStart is 0 ms: 100 ms to 60 minutes are allowed. "
            + "Tls.TargetHost is 'x': null is needed: certificates name the service that is called. "
            + "Tls.ApplicationProtocols is 0 protocols: null is needed: they go by the HTTP version of the call. "
            + "Ejection.ConsecutiveFailures is 0: 1 to 1000 are allowed. "
            + "Ejection.PanicThreshold is 2: 0 to 1 are allowed. "
            + "Ejection.LatencyFactor is NaN: 1.5 to 1000 are allowed. "
            + "Policies is 'adaptive': the name belongs to a policy of the product. "
            + "Policies is 'random': the name belongs to a policy of the product. "
            + "CacheDirectory is 'relative': an absolute path is needed, or null to keep nothing on disk. "
            + "CacheAgeMax is 0 ms: 60000 ms to 30 days are allowed. "
            + "TimeProvider is null: a clock is needed. (Parameter 'options')",
            e.Message);
    }

    [Fact]
    public async Task Options_NullWhereSomethingIsNeeded_AreNamed()
    {
        await AssertAsync(false, "Registry", new MusterClientOptions { Registry = null! });
        await AssertAsync(false, "Ejection", new MusterClientOptions { Ejection = null! });
        await AssertAsync(false, "Policies", new MusterClientOptions { Policies = null! });
    }

    private static async Task AssertAsync(bool isAllowed, string name, MusterClientOptions options)
    {
        if (isAllowed)
        {
            await new MusterClient(options).DisposeAsync();
            return;
        }

        var e = Assert.Throws<ArgumentException>(() => new MusterClient(options));
        Assert.StartsWith($"Bad client options: {name} is ", e.Message, StringComparison.Ordinal);
    }
}
