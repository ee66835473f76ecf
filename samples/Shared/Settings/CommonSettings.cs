using Muster.Client;
using Muster.Core.Model;

namespace Muster.Samples.Shared.Settings;

/// <summary>What every program of the samples can be told.</summary>
internal static class CommonSettings
{
    /// <summary>Goes into every help text.</summary>
    public const string Precedence = "Flags win over environment variables, environment variables over defaults.";

    /// <summary>Where the registry is. Also written <c>-registry=host:port</c>, for those who come from Go's flags.</summary>
    public static Setting<HostPort> Registry()
    {
        var setting = new Setting<HostPort>(
            "--registry", "REGISTRY_ADDR", "The registry's address", SettingParsers.HostWithPort, () => Parse(MusterClientOptions.RegistryDefault),
            MusterClientOptions.RegistryDefault, "host:port");
        setting.Option.Aliases.Add("-registry");
        return setting;
    }

    /// <summary>In which failure domain the program is.</summary>
    public static Setting<string?> Zone() => new(
        "--zone", MusterServiceCollectionExtensions.ZoneVariable, "The failure domain that this program is in; calls prefer their own",
        SettingParsers.Text, () => null, "none", "name");

    /// <summary>Where Redis is.</summary>
    public static Setting<HostPort> Redis() => new(
        "--redis", "REDIS_ADDR", "The Redis server's address", SettingParsers.HostWithPort, () => Parse(RedisDefault), RedisDefault,
        "host:port");

    /// <summary>Where Redis is when nothing else says so.</summary>
    public const string RedisDefault = "localhost:6379";

    private static HostPort Parse(string text) =>
        HostPort.TryParse(text, out var value, out var error) ? value : throw new FormatException(error);
}
