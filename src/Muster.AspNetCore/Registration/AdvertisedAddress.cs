using Muster.Core.Model;

namespace Muster.AspNetCore.Registration;

/// <summary>Reads where callers reach this app, if somebody said so.</summary>
internal static class AdvertisedAddress
{
    private const string Variable = "MY_ADDR";

    /// <summary>The option, else the environment variable, else null. Empty counts as unset: compose files pass variables on
    /// that nobody set.</summary>
    /// <exception cref="ArgumentException">It is not an address; the message says where it came from.</exception>
    public static HostPort? Read(string? option)
    {
        var (text, source) = string.IsNullOrEmpty(option)
            ? (Environment.GetEnvironmentVariable(Variable), Variable)
            : (option, nameof(MusterRegistrationOptions.Address));
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return HostPort.TryParse(text, out var address, out var error)
            ? address
            : throw new ArgumentException($"{source}: {error}.");
    }
}
