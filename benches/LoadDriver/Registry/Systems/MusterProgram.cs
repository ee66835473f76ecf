using System.Globalization;

namespace Muster.Bench.LoadDriver.Registry.Systems;

/// <summary><c>muster registry</c> with a data directory, as users run it.</summary>
/// <param name="isGuarded">Whether the mass-expiry guard is on, as it is by default.</param>
internal sealed class MusterProgram(bool isGuarded) : ServerProgram
{
    protected override (string Program, string[] Arguments) Command => (
        // Where ./bench publishes it, compiled ahead of time.
        Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "bench-registry", "muster-cli"),
        [
            "registry", "--port", EndPoint.Port.ToString(CultureInfo.InvariantCulture), "--http-port", "0", "--data", Data,
            .. isGuarded ? Array.Empty<string>() : ["--no-guard"],
        ]);
}
