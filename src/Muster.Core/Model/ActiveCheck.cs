namespace Muster.Core.Model;

/// <summary>How the registry itself finds out how an instance fares that cannot say so. Part of the record: durable.</summary>
/// <remarks>Immutable. It always looks at the instance's own host: a registration cannot make the registry call somebody else.</remarks>
public sealed record ActiveCheck
{
    /// <summary>The kind.</summary>
    public required CheckKind Kind { get; init; }

    /// <summary>The name of the endpoint that is looked at; empty means the default one.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>What an HTTP check asks for.</summary>
    /// <value>Default "/". Printable ASCII that begins with '/', at most <see cref="Limits.CheckPathCharsMax"/> characters.</value>
    public string Path { get; init; } = "/";

    /// <summary>The status that an HTTP check wants.</summary>
    /// <value>Default 0: any from 200 to 299. Otherwise 200 to 599. Redirects are not followed, so one may be wanted itself.</value>
    public int ExpectedStatus { get; init; }

    /// <summary>The service that a gRPC check asks for; empty asks for the server as a whole.</summary>
    public string GrpcService { get; init; } = "";

    /// <summary>From the start of one probe to the start of the next, give or take a tenth.</summary>
    /// <value><see cref="Limits.CheckIntervalMin"/> to <see cref="Limits.CheckIntervalMax"/>.</value>
    public TimeSpan Interval { get; init; } = Limits.CheckIntervalDefault;

    /// <summary>A probe that takes longer has failed.</summary>
    /// <value><see cref="Limits.CheckTimeoutMin"/> to <see cref="Limits.CheckTimeoutMax"/>, and not above <see cref="Interval"/>.</value>
    public TimeSpan Timeout { get; init; } = Limits.CheckTimeoutDefault;

    /// <summary>How many successes in a row turn an UNHEALTHY instance HEALTHY.</summary>
    /// <value>1 to <see cref="Limits.CheckThresholdMax"/>.</value>
    public int Rise { get; init; } = Limits.CheckRiseDefault;

    /// <summary>How many failures in a row turn a HEALTHY instance UNHEALTHY.</summary>
    /// <value>1 to <see cref="Limits.CheckThresholdMax"/>.</value>
    public int Fall { get; init; } = Limits.CheckFallDefault;

    /// <summary>After how long of nothing but failures the instance is removed.</summary>
    /// <value>Default null: never; it stays listed, UNHEALTHY. Otherwise <see cref="Limits.CheckRemoveAfterMin"/> to
    /// <see cref="Limits.CheckRemoveAfterMax"/>.</value>
    public TimeSpan? RemoveAfter { get; init; }

    /// <summary>The endpoint that is looked at, or null if the instance has none of that name.</summary>
    public Endpoint? EndpointOf(InstanceRecord instance) => Endpoint.Length == 0
        ? instance.Endpoints.FirstOrDefault()
        : instance.Endpoints.FirstOrDefault(e => e.Name == Endpoint);
}
