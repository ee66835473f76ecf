using Muster.Client.Discovery.Cache;
using static Muster.Client.Discovery.Cache.CacheDirectory;

namespace Muster.Client.Tests.Discovery.Cache;

public sealed class CacheDirectoryTests
{
    [Theory]
    [InlineData("/srv/cache", "/xdg", "/h/me", "/srv/cache")]
    [InlineData("off", "/xdg", "/h/me", null)]
    [InlineData("OFF", "/xdg", "/h/me", null)]
    [InlineData("", "/xdg", "/h/me", "/xdg/muster")]
    [InlineData(null, null, "/h/me", "/h/me/.cache/muster")]
    [InlineData(null, "relative", "/h/me", "/h/me/.cache/muster")]
    [InlineData(null, null, "/", null)]
    [InlineData(null, null, "", null)]
    [InlineData(null, null, null, null)]
    public void Of_Unix_VariableThenTheUsersCacheThenNothing(string? variable, string? xdg, string? home, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths are Unix's");
        Assert.Equal(expected, Of(
            name => name switch { CacheDirectory.Variable => variable, "XDG_CACHE_HOME" => xdg, "HOME" => home, _ => null }, Platform.Other));
    }

    [Fact]
    public void Of_MacOS_IsTheUsersCaches()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths are Unix's");
        Assert.Equal("/h/me/Library/Caches/muster", Of(name => name == "HOME" ? "/h/me" : null, Platform.MacOS));
    }

    [Fact]
    public void Default_InTests_IsOff() => Assert.Null(new MusterClientOptions().CacheDirectory);
}
