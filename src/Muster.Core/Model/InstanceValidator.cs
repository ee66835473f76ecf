using System.Buffers;
using System.Globalization;
using System.Text;

namespace Muster.Core.Model;

/// <summary>Holds instances to <see cref="Limits"/>.</summary>
public static class InstanceValidator
{
    private static readonly SearchValues<char> s_nameChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");
    private static readonly SearchValues<char> s_idChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:");

    private static readonly Func<InstanceRecord, Violation?>[] s_checks =
    [
        i => ValidateService(i.Key.Service), i => ValidateId("id", i.Key.Id), i => ValidateHost(i.Host), ValidateEndpoints,
        i => ValidateWeight(i.Weight), i => ValidateZone(i.Zone), ValidateMetadata, CheckValidator.Validate,
    ];

    /// <summary>The first violation, or null if the record may be stored.</summary>
    public static Violation? Validate(InstanceRecord instance)
    {
        foreach (var check in s_checks)
        {
            if (check(instance) is { } violation)
            {
                return violation;
            }
        }

        return null;
    }

    /// <summary>The first violation of each part of the record.</summary>
    public static IEnumerable<Violation> ValidateAll(InstanceRecord instance) => s_checks.Select(check => check(instance)).OfType<Violation>();

    /// <summary>Checks both names of a service: the fields are called "namespace" and "service".</summary>
    public static Violation? ValidateService(ServiceKey service) =>
        ValidateName("namespace", service.Namespace) ?? ValidateName("service", service.Name);

    /// <summary>Checks a namespace or a service name.</summary>
    /// <param name="field">The field's name, for the message.</param>
    /// <param name="name">The name.</param>
    /// <param name="charsMax">How long it may be.</param>
    public static Violation? ValidateName(string field, string name, int charsMax = Limits.NameCharsMax)
    {
        if (name.Length == 0 || name.Length > charsMax)
        {
            return new Violation(field, name.Length == 0 ? "empty" : $"{name.Length} characters",
                $"1 to {charsMax} characters are allowed");
        }

        return !name.AsSpan().ContainsAnyExcept(s_nameChars) && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
            ? null
            : new Violation(field, Violation.Quote(name),
                "a-z, 0-9, '-', '.' and '_' are allowed, with a letter or digit at both ends");
    }

    /// <summary>Checks an instance id.</summary>
    public static Violation? ValidateId(string field, string id)
    {
        if (id.Length is 0 or > Limits.InstanceIdCharsMax)
        {
            return new Violation(field, id.Length == 0 ? "empty" : $"{id.Length} characters",
                $"1 to {Limits.InstanceIdCharsMax} characters are allowed");
        }

        return !id.AsSpan().ContainsAnyExcept(s_idChars)
            ? null
            : new Violation(field, Violation.Quote(id), "letters, digits, '-', '.', '_' and ':' are allowed");
    }

    /// <summary>Checks a TTL in milliseconds, with 0 for the default.</summary>
    public static Violation? ValidateTtl(uint milliseconds, out TimeSpan ttl)
    {
        ttl = milliseconds == 0 ? Limits.TtlDefault : TimeSpan.FromMilliseconds(milliseconds);
        return ttl >= Limits.TtlMin && ttl <= Limits.TtlMax
            ? null
            : new Violation("ttl_ms", Number(milliseconds),
                $"{Number(Limits.TtlMin.TotalMilliseconds)} to {Number(Limits.TtlMax.TotalMilliseconds)} are allowed, 0 means {Number(Limits.TtlDefault.TotalMilliseconds)}");
    }

    private static Violation? ValidateHost(string host) => HostPort.IsHost(host)
        ? null
        : new Violation("host", host.Length == 0 ? "empty" : Violation.Quote(host),
            $"an IP address or a host name of at most {Limits.HostCharsMax} characters is needed, without a port");

    private static Violation? ValidateEndpoints(InstanceRecord instance)
    {
        if (instance.Endpoints.Length is 0 or > Limits.EndpointsMax)
        {
            return new Violation("endpoints", $"{instance.Endpoints.Length} entries", $"1 to {Limits.EndpointsMax} are allowed");
        }

        for (var i = 0; i < instance.Endpoints.Length; i++)
        {
            if (ValidateEndpoint(instance.Endpoints.AsSpan()[..i], instance.Endpoints[i]) is { } violation)
            {
                return violation with { Field = $"endpoints[{i}].{violation.Field}" };
            }
        }

        return null;
    }

    private static Violation? ValidateEndpoint(ReadOnlySpan<Endpoint> earlier, Endpoint endpoint)
    {
        if (ValidateName("name", endpoint.Name) is { } badName)
        {
            return badName;
        }

        if (endpoint.Port is < 1 or > 65535)
        {
            return new Violation("port", Number(endpoint.Port), "1 to 65535 are allowed");
        }

        if (endpoint.Scheme is not ("http" or "https"))
        {
            return new Violation("scheme", Violation.Quote(endpoint.Scheme), "'http' or 'https' is needed");
        }

        if (endpoint is { Protocol: EndpointProtocol.Http1AndHttp2, Scheme: "http" })
        {
            return new Violation("protocol", "HTTP1_AND_HTTP2", "both on one port need the scheme 'https'");
        }

        foreach (var other in earlier)
        {
            if (other.Name == endpoint.Name)
            {
                return new Violation("name", Violation.Quote(endpoint.Name), "names are unique within an instance");
            }
        }

        return null;
    }

    private static Violation? ValidateWeight(int weight) => weight is >= Limits.WeightMin and <= Limits.WeightMax
        ? null
        : new Violation("weight", Number(weight), $"{Limits.WeightMin} to {Number(Limits.WeightMax)} are allowed");

    private static Violation? ValidateZone(string zone) =>
        zone.Length == 0 ? null : ValidateName("zone", zone, Limits.ZoneCharsMax);

    private static Violation? ValidateMetadata(InstanceRecord instance)
    {
        if (instance.Metadata.Count > Limits.MetadataEntriesMax)
        {
            return new Violation("metadata", $"{instance.Metadata.Count} entries", $"at most {Limits.MetadataEntriesMax} are allowed");
        }

        var total = 0;
        foreach (var (key, value) in instance.Metadata)
        {
            var keyBytes = Encoding.UTF8.GetByteCount(key);
            var valueBytes = Encoding.UTF8.GetByteCount(value);
            total += keyBytes + valueBytes;
            if (keyBytes is 0 or > Limits.MetadataKeyBytesMax)
            {
                return new Violation("metadata key", keyBytes == 0 ? "empty" : Violation.Quote(key),
                    $"1 to {Limits.MetadataKeyBytesMax} bytes are allowed");
            }

            if (valueBytes > Limits.MetadataValueBytesMax)
            {
                return new Violation($"metadata['{key}']", $"{valueBytes} bytes", $"at most {Limits.MetadataValueBytesMax} are allowed");
            }
        }

        return total <= Limits.MetadataBytesMax
            ? null
            : new Violation("metadata", $"{total} bytes", $"at most {Limits.MetadataBytesMax} in all are allowed");
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
