using System.CommandLine;
using System.Globalization;
using Muster.Core;
using Muster.Core.Model;
using Muster.Samples.Shared.Settings;

namespace Muster.Samples.Demo;

/// <summary>What the demo can be told.</summary>
internal sealed class DemoSettings
{
    // Shorter than this nothing is to be seen; a day is a soak test, which has tools of its own.
    private static readonly TimeSpan DurationMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DurationMax = TimeSpan.FromDays(1);

    private readonly Setting<TimeSpan?> _duration = new(
        "--duration", null, "End after this time, and kill one worker with SIGKILL midway", ParseDuration, () => null, "until q or Ctrl-C",
        "seconds");

    private readonly Setting<string?> _report = new(
        "--report", null, "Write what the run came to into this file, as JSON", SettingParsers.Text, () => null, "none", "file");

    private readonly Setting<HostPort?> _redis = new(
        "--redis", "REDIS_ADDR", "The Redis server to count in", ParseRedis, () => null, "a garnet-server of its own", "host:port");

    private readonly Setting<TimeSpan> _ttl = new(
        "--ttl", null, "How long the registry lists a process after its last sign of life",
        SettingParsers.Seconds(Limits.TtlMin, Limits.TtlMax), () => Limits.TtlDefault,
        string.Create(CultureInfo.InvariantCulture, $"{Limits.TtlDefault.TotalSeconds}"), "seconds");

    /// <summary>Adds the flags.</summary>
    public void AddTo(Command command) => command.Add(_duration, _report, _redis, _ttl);

    /// <summary>Reads the values.</summary>
    public DemoPlan Read(SettingReader reader) => new(
        reader.Get(_duration), reader.Get(_report), reader.Get(_redis), reader.Get(_ttl));

    private static string? ParseDuration(string text, out TimeSpan? value)
    {
        var bound = SettingParsers.Seconds(DurationMin, DurationMax)(text, out var duration);
        value = duration;
        return bound;
    }

    private static string? ParseRedis(string text, out HostPort? value)
    {
        var bound = SettingParsers.HostWithPort(text, out var address);
        value = address;
        return bound;
    }
}
