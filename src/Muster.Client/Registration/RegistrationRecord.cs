using System.Text;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Registration;

/// <summary>Turns what an application announces into the record that the registry will hold.</summary>
internal static class RegistrationRecord
{
    public static InstanceRecord Create(RegistrationOptions options, string instanceId, string host, Intent intent) => new()
    {
        Key = new InstanceKey(ServiceKey.Of(options.Namespace, options.Service), instanceId),
        Host = host,
        Endpoints = options.Endpoints.IsDefault ? [] : options.Endpoints,
        Weight = options.Weight,
        Zone = options.Zone ?? "",
        Metadata = options.Metadata,
        OwnerIntent = intent,
    };

    /// <summary>Checks options as a whole: the registry would refuse them, but only once it is reached.</summary>
    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    public static void Validate(RegistrationOptions options, string instanceId) => OptionChecks.ThrowIfAny("registration",
    [
        .. InstanceValidator.ValidateAll(Create(options, instanceId, options.Host ?? "127.0.0.1", Intent.Serving)),
        OptionChecks.Range("ttl", options.Ttl, Limits.TtlMin, Limits.TtlMax),
    ]);

    /// <summary>An id that no other process chooses: service, host name and a random part, so that people see whose it is.</summary>
    public static string NewId(string service, string machineName, Random random)
    {
        var id = new StringBuilder(service).Append('-');
        foreach (var c in machineName)
        {
            id.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c : '-');
        }

        // The random part is what makes it unique: it must survive a long name.
        const int RandomChars = 8;
        id.Length = Math.Min(id.Length, Limits.InstanceIdCharsMax - RandomChars - 1);
        return id.Append('-').Append(random.NextInt64(0x1_0000_0000).ToString("x8", System.Globalization.CultureInfo.InvariantCulture))
            .ToString();
    }
}
