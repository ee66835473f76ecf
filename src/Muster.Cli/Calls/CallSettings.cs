using Muster.Client.Balancing;

namespace Muster.Cli.Calls;

/// <summary>What <c>muster call</c> was asked for.</summary>
internal sealed record CallSettings
{
    /// <summary>The full name of the gRPC service, such as <c>some.package.Service</c>.</summary>
    public required string Service { get; init; }

    /// <summary>The method.</summary>
    public required string Method { get; init; }

    /// <summary>The registry, host:port.</summary>
    public required string Registry { get; init; }

    /// <summary>The server to call, without any registry; null finds one.</summary>
    public Uri? Address { get; init; }

    /// <summary>The registered service to call, as 'name' or 'namespace/name'; null finds the one that offers
    /// <see cref="Service"/>.</summary>
    public string? RegisteredName { get; init; }

    /// <summary>How to choose among the instances.</summary>
    public string Policy { get; init; } = PolicyNames.LeastRequest;

    /// <summary>The deadline of each call.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Splits <c>some.package.Service/Method</c>.</summary>
    /// <exception cref="UsageException">It is not written so.</exception>
    public static (string Service, string Method) ParseTarget(string text)
    {
        var parts = text.TrimStart('/').Split('/');
        return parts.Length == 2 && parts.All(p => p.Length > 0)
            ? (parts[0], parts[1])
            : throw new UsageException($"target is '{text}': it is written some.package.Service/Method.");
    }

    /// <summary>Reads <c>host:port</c>, or a URL with http or https.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static Uri ParseAddress(string text)
    {
        var url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        return Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.PathAndQuery == "/"
            && (text.Contains("://", StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal))
            ? address
            : throw new UsageException($"--address is '{text}': host:port, http://host:port or https://host:port is needed.");
    }
}
