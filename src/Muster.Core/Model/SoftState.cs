namespace Muster.Core.Model;

/// <summary>What is known of an instance beyond its record: liveness, health, load. Never stored.</summary>
/// <param name="Liveness">Whether signs of life arrive.</param>
/// <param name="Health">What it says of itself.</param>
/// <param name="Load">Its last load report; null if it sent none.</param>
/// <param name="LoadAt">When that report arrived here, on this process's monotonic clock.</param>
/// <param name="Stamp">Orders this against other states of the same instance.</param>
public sealed record SoftState(Liveness Liveness, Health Health, LoadReport? Load, TimeSpan LoadAt, Stamp Stamp)
{
    /// <summary>Nothing is known yet.</summary>
    public static readonly SoftState Unknown = new(Liveness.Unknown, Health.Unknown, null, TimeSpan.Zero, default);

    /// <summary>Until when it is kept back because it came and went too often, on this process's monotonic clock; null if it is not.</summary>
    public TimeSpan? DampedUntil { get; init; }

    /// <summary>What callers are to make of its health: one that is kept back is degraded at best.</summary>
    public Health ShownHealth => DampedUntil is not null && (Health is Health.Healthy or Health.Unknown)
        ? Health.Degraded
        : Health;
}
