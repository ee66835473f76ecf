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

    /// <summary>The first option that is out of its range, or null: the registry would refuse it, but only once it is reached.</summary>
    public static Violation? Validate(RegistrationOptions options, string instanceId)
    {
        var milliseconds = options.Ttl.TotalMilliseconds;
        return InstanceValidator.Validate(Create(options, instanceId, options.Host ?? "127.0.0.1", Intent.Serving))
            ?? (milliseconds is > 0 and <= uint.MaxValue
                ? InstanceValidator.ValidateTtl((uint)milliseconds, out _)
                : new Violation("ttl", $"{options.Ttl}", $"{Limits.TtlMin} to {Limits.TtlMax} are allowed"));
    }

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
