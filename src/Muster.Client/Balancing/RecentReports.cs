namespace Muster.Client.Balancing;

/// <summary>The instances of a service that reported last, newest reports only, each to be used once.</summary>
/// <remarks>
/// Thread-safe without locks. A ring: a new report takes the place of the oldest, so what nobody wants is soon gone, and what is read is
/// never old. Of two threads that take the same entry one gets it.
/// </remarks>
internal sealed class RecentReports
{
    /// <summary>Reports that are kept. Prequal's pool has as many.</summary>
    public const int Length = 16;

    private readonly InstanceStatistics?[] _slots = new InstanceStatistics?[Length];
    private uint _next;

    /// <summary>How many there were so far; wraps around.</summary>
    public uint Count => Volatile.Read(ref _next);

    /// <summary>Whether they are believed.</summary>
    public ReportTrust Trust { get; } = new();

    /// <summary>An instance has reported.</summary>
    public void Add(InstanceStatistics statistics) =>
        Volatile.Write(ref _slots[Interlocked.Increment(ref _next) % Length], statistics);

    /// <summary>The instance in a slot; null if it was used, or there was none yet.</summary>
    public InstanceStatistics? this[int slot] => Volatile.Read(ref _slots[slot]);

    /// <summary>Uses up an entry.</summary>
    /// <returns>False if another thread was faster, or a newer report has come in its place.</returns>
    public bool TryTake(int slot, InstanceStatistics expected) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _slots[slot], null, expected), expected);
}
