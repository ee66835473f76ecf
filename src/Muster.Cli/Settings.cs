using System.Globalization;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Cli;

/// <summary>Reads what flags and environment say: a flag wins over the environment, the environment over the default.</summary>
internal static class Settings
{
    public static string Registry(string? flag)
    {
        var (text, source) = flag is not null
            ? (flag, "--registry")
            : (Environment.GetEnvironmentVariable("REGISTRY_ADDR") ?? "localhost:5000", "REGISTRY_ADDR");
        if (!HostPort.TryParse(text, out var address, out var error))
        {
            throw new UsageException($"{source}: {error}.");
        }

        return address.Port is null
            ? throw new UsageException($"{source} is '{text}': a port is needed, as in localhost:5000.")
            : address.ToString();
    }

    /// <summary>Who sits at this machine, as the history is to show it; what it must not hold is left out.</summary>
    public static string OperatorName
    {
        get
        {
            var name = string.Concat($"{Environment.UserName}@{Environment.MachineName}".Where(c => !char.IsControl(c)));
            return name[..Math.Min(name.Length, Limits.OperatorNameCharsMax)];
        }
    }

    public static int Port(int? flag, int fallback)
    {
        if (flag is not null)
        {
            return flag.Value;
        }

        var text = Environment.GetEnvironmentVariable("PORT");
        if (string.IsNullOrEmpty(text))
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new UsageException($"PORT is '{text}': a number from 0 to 65534 is needed.");
    }
}
