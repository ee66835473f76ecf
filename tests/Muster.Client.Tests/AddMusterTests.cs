using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Muster.Testing;

namespace Muster.Client.Tests;

/// <summary>The only tests that touch the environment: one after the other, and in no other class.</summary>
public sealed class AddMusterTests : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable(MusterServiceCollectionExtensions.RegistryVariable);

    private readonly string? _zoneBefore = Environment.GetEnvironmentVariable(MusterServiceCollectionExtensions.ZoneVariable);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(MusterServiceCollectionExtensions.RegistryVariable, _before);
        Environment.SetEnvironmentVariable(MusterServiceCollectionExtensions.ZoneVariable, _zoneBefore);
    }

    [Theory]
    [InlineData(null, null, "localhost:5000")]
    [InlineData("", null, "localhost:5000")]
    [InlineData("env:1", null, "env:1")]
    [InlineData("env:1", "flag:2", "flag:2")]
    public async Task AddMuster_FlagEnvironmentDefault_WinInThatOrder(string? environment, string? flag, string expected)
    {
        Environment.SetEnvironmentVariable(MusterServiceCollectionExtensions.RegistryVariable, environment);
        var services = new ServiceCollection().AddMuster(o => flag is null ? o : o with { Registry = flag });
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(expected, provider.GetRequiredService<MusterClient>().Options.Registry);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", null, null)]
    [InlineData("east", null, "east")]
    [InlineData("east", "west", "west")]
    public async Task AddMuster_Zone_IsTheCodesThenTheEnvironments(string? environment, string? code, string? expected)
    {
        Environment.SetEnvironmentVariable(MusterServiceCollectionExtensions.ZoneVariable, environment);
        var services = new ServiceCollection().AddMuster(o => code is null ? o : o with { Zone = code });
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(expected, provider.GetRequiredService<MusterClient>().Options.Zone);
    }

    [Fact]
    public async Task AddMuster_SeveralCalls_TheFirstThatConfiguresCounts()
    {
        var services = new ServiceCollection()
            .AddMuster()
            .AddMuster(o => o with { Registry = "first:1" })
            .AddMuster(o => o with { Registry = "second:2" });
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("first:1", provider.GetRequiredService<MusterClient>().Options.Registry);
        Assert.Single(provider.GetServices<MusterClient>());
    }

    [Fact]
    public async Task Start_HandlersWithBadOptions_FailsAndNamesThemAll()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHttpClient("one").AddMusterLoadBalancing(o => o with { Policy = "no_such" });
        builder.Services.AddHttpClient("two").AddMusterLoadBalancing(o => o with { ConnectTimeout = TimeSpan.Zero, SubsetSize = 0 });
        builder.Services.AddHttpClient("three").AddMusterLoadBalancing();
        using var host = builder.Build();

        var e = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync());
        Assert.Contains("HttpClient 'one': Bad balancing options: Policy is 'no_such'", e.Message, StringComparison.Ordinal);
        Assert.Contains("HttpClient 'two': Bad balancing options: ConnectTimeout is 0 ms", e.Message, StringComparison.Ordinal);
        Assert.Contains("SubsetSize is 0", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("three", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ClientWithBadOptions_Fails()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddMuster(o => o with { Registry = "nowhere" });
        using var host = builder.Build();

        var e = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync());
        Assert.Contains("Registry is 'nowhere'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddMuster_ClockInTheServices_IsTaken()
    {
        var clock = new ManualTimeProvider();
        await using var provider = new ServiceCollection().AddSingleton<TimeProvider>(clock).AddMuster().BuildServiceProvider();

        Assert.Same(clock, provider.GetRequiredService<MusterClient>().Options.TimeProvider);
    }
}
