using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>Soft state of every instance: liveness, health, load. Newest stamp wins.</summary>
/// <remarks>Not thread-safe; the registry drives it under the same lock as its <see cref="LeaseTable"/>. Holds one entry per
/// instance.</remarks>
/// <param name="node">This node, for the stamps of what it sees itself.</param>
public sealed class SoftTable(string node)
{
    private readonly Dictionary<InstanceKey, SoftState> _states = [];
    private ulong _sequence;

    /// <summary>How many instances it knows.</summary>
    public int Count => _states.Count;

    /// <summary>Whether it knows an instance.</summary>
    public bool Knows(InstanceKey instance) => _states.ContainsKey(instance);

    /// <summary>The state of an instance.</summary>
    public SoftState Of(InstanceKey instance) => _states.GetValueOrDefault(instance, SoftState.Unknown);

    /// <summary>Sets the liveness.</summary>
    /// <returns>The new state, or null if nothing changed.</returns>
    public SoftState? SetLiveness(InstanceKey instance, Liveness liveness, ulong epoch)
    {
        var state = Of(instance);
        return state.Liveness == liveness ? null : Put(instance, state with { Liveness = liveness }, epoch);
    }

    /// <summary>Sets liveness and health at once, as an active check sees them.</summary>
    /// <returns>The new state, or null if nothing changed.</returns>
    public SoftState? Set(InstanceKey instance, Liveness liveness, Health health, ulong epoch)
    {
        // That nothing is known is a state too: everything listed has one.
        return _states.TryGetValue(instance, out var state) && state.Liveness == liveness && state.Health == health
            ? null
            : Put(instance, Of(instance) with { Liveness = liveness, Health = health }, epoch);
    }

    /// <summary>Keeps an instance back, or no longer.</summary>
    /// <returns>The new state, or null if nothing changed.</returns>
    public SoftState? SetDamped(InstanceKey instance, TimeSpan? until, ulong epoch)
    {
        var state = Of(instance);
        return state.DampedUntil == until ? null : Put(instance, state with { DampedUntil = until }, epoch);
    }

    /// <summary>Takes a report.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="health">What it says of itself; <see cref="Health.Unknown"/> leaves it as it was.</param>
    /// <param name="load">Its load; null leaves it as it was.</param>
    /// <param name="epoch">The lease's epoch.</param>
    /// <param name="now">The monotonic time.</param>
    /// <returns>The new state, and whether more than the load changed.</returns>
    public (SoftState State, bool HealthChanged) Report(
        InstanceKey instance, Health health, LoadReport? load, ulong epoch, TimeSpan now)
    {
        var before = Of(instance);
        var after = before with
        {
            Health = health == Health.Unknown ? before.Health : health,
            Load = load ?? before.Load,
            LoadAt = load is null ? before.LoadAt : now,
        };
        return (Put(instance, after, epoch), after.Health != before.Health);
    }

    /// <summary>Forgets an instance that left.</summary>
    public void Remove(InstanceKey instance) => _states.Remove(instance);

    private SoftState Put(InstanceKey instance, SoftState state, ulong epoch)
    {
        // Never below the epoch of what it replaces: an instance may come back under a lease that is older than its last one.
        var stamped = state with { Stamp = new Stamp(node, Math.Max(epoch, state.Stamp.Epoch), ++_sequence) };
        _states[instance] = stamped;
        return stamped;
    }
}
