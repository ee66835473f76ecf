using Muster.Client;
using Muster.Core;

namespace Muster.AspNetCore;

/// <summary>How old connections to an app may become.</summary>
/// <remarks>Checked as a whole when the app starts.</remarks>
public sealed record MusterConnectionAgingOptions
{
    /// <summary>The age at which a connection is told to go.</summary>
    /// <value>Default 10 min, each connection's own within plus or minus a tenth; in the first such time after the start of the app fully
    /// random between nothing and this. Allowed: 1 s to 24 h. Each connection costs its caller one new one in that time.</value>
    public TimeSpan MaxAge { get; init; } = Limits.ConnectionAgeDefault;

    /// <summary>How long requests may still run on an HTTP/2 connection that was told to go; then it is cut, and they fail.</summary>
    /// <value>Default 30 s. Allowed: 1 s to 1 h. Null: as long as they take. Streams that should live longer than
    /// <see cref="MaxAge"/> need null, or callers that resume them. HTTP/1.1 connections are never cut.</value>
    public TimeSpan? Grace { get; init; } = Limits.ConnectionGraceDefault;

    /// <summary>Seeds the ages.</summary>
    /// <value>Default null: seeded from the operating system, so that many apps do not choose alike.</value>
    public int? Seed { get; init; }

    /// <exception cref="ArgumentException">Options are out of their range; the message names each with value and bound.</exception>
    internal void Validate() => OptionChecks.ThrowIfAny(
        "connection aging",
    [
        OptionChecks.Range(nameof(MaxAge), MaxAge, Limits.ConnectionAgeMin, Limits.ConnectionAgeMax),
        OptionChecks.Range(nameof(Grace), Grace, Limits.ConnectionGraceMin, Limits.ConnectionGraceMax),
    ]);
}
