using System.Collections.Immutable;
using System.Text.Json;

namespace Muster.EndToEnd.Containers;

/// <summary>What an image says of itself.</summary>
/// <param name="User">Whom its programs run as.</param>
/// <param name="Entrypoint">The program.</param>
/// <param name="Command">Its arguments unless others are given.</param>
/// <param name="HealthCheck">The command that checks it; empty if there is none.</param>
internal sealed record ImageSettings(
    string User, ImmutableArray<string> Entrypoint, ImmutableArray<string> Command, ImmutableArray<string> HealthCheck)
{
    public static ImageSettings Read(JsonElement config) => new(
        config.TryGetProperty(nameof(User), out var user) ? user.GetString() ?? "" : "",
        Strings(config, nameof(Entrypoint)),
        Strings(config, "Cmd"),
        config.TryGetProperty("Healthcheck", out var check) && check.ValueKind == JsonValueKind.Object ? Strings(check, "Test") : []);

    private static ImmutableArray<string> Strings(JsonElement element, string name) =>
        element.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? [.. array.EnumerateArray().Select(item => item.GetString()!)]
            : [];
}
