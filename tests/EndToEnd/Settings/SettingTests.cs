using System.CommandLine;
using Muster.Samples.Shared.Settings;

namespace Muster.EndToEnd.Settings;

public sealed class SettingTests
{
    private readonly Setting<int> _port = new("--port", "PORT", "The port", SettingParsers.WholeNumber(1, 65535), () => 0, "a free one", "port");

    [Theory]
    [InlineData("1", "2", 1)]
    [InlineData(null, "2", 2)]
    [InlineData(null, "", 0)]
    [InlineData(null, null, 0)]
    public void Read_FlagVariableDefault_TakesTheFirstThatIsThere(string? flag, string? variable, int expected) =>
        Assert.Equal(expected, _port.Read(flag, variable));

    [Theory]
    [InlineData("0", null, "--port is '0': a whole number from 1 to 65535 is needed.")]
    [InlineData("", "80", "--port is '': a whole number from 1 to 65535 is needed.")]
    [InlineData(null, "65536", "PORT is '65536': a whole number from 1 to 65535 is needed.")]
    [InlineData(null, "http", "PORT is 'http': a whole number from 1 to 65535 is needed.")]
    public void Read_ValueThatIsNotAllowed_NamesSourceValueAndBound(string? flag, string? variable, string message) =>
        Assert.Equal(message, Assert.Throws<SettingException>(() => _port.Read(flag, variable)).Message);

    [Theory]
    [InlineData("--registry", "10.0.0.1:5000")]
    [InlineData("--registry=10.0.0.1:5000", null)]
    [InlineData("-registry=10.0.0.1:5000", null)]
    [InlineData("-registry", "10.0.0.1:5000")]
    public void Registry_EverySpelling_IsRead(string first, string? second)
    {
        var registry = CommonSettings.Registry();
        var root = new RootCommand();
        root.Add(registry);

        var result = root.Parse(second is null ? [first] : [first, second]);

        Assert.Empty(result.Errors);
        Assert.Equal("10.0.0.1:5000", new SettingReader(result, _ => null).Get(registry).ToString());
    }

    [Fact]
    public void Registry_WithoutPort_IsRefused()
    {
        var error = Assert.Throws<SettingException>(() => CommonSettings.Registry().Read("10.0.0.1", null));

        Assert.Equal("--registry is '10.0.0.1': a port is needed, as in localhost:5000.", error.Message);
    }

    [Theory]
    [InlineData("0.5", 500)]
    [InlineData("20", 20_000)]
    public void Seconds_WithinBounds_IsRead(string text, int milliseconds)
    {
        Assert.Null(SettingParsers.Seconds(TimeSpan.Zero, TimeSpan.FromMinutes(1))(text, out var value));

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("61")]
    [InlineData("NaN")]
    [InlineData("1e1")]
    [InlineData("ten")]
    public void Seconds_OutsideOrNoNumber_NamesTheBounds(string text) => Assert.Equal(
        "a number of seconds from 0 to 60 is needed",
        SettingParsers.Seconds(TimeSpan.Zero, TimeSpan.FromMinutes(1))(text, out _));
}
