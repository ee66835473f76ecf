using System.Collections.Immutable;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>What one watcher was delivered of one service, folded without any of the product's own code.</summary>
internal sealed class WatchLedger(string watcher, ServiceKey service)
{
    private static readonly ImmutableDictionary<string, InstanceRecord> s_empty =
        ImmutableDictionary.Create<string, InstanceRecord>(StringComparer.Ordinal);

    private readonly List<InstanceRecord> _parts = [];

    public string Watcher => watcher;

    public ServiceKey Service => service;

    /// <summary>What it has, the batch that is not ended included; null: it heard that the service is unknown.</summary>
    public ImmutableDictionary<string, InstanceRecord>? Building { get; private set; } = s_empty;

    /// <summary>What it had at its last progress.</summary>
    public ImmutableDictionary<string, InstanceRecord>? AtProgress { get; private set; } = s_empty;

    /// <summary>Its last progress.</summary>
    public ResumeToken? Token { get; private set; }

    /// <summary>Where its stream resumed; null once a progress or a snapshot arrived on it, or if it did not resume.</summary>
    public ResumeToken? ResumedAt { get; private set; }

    public bool IsConnected { get; set; }

    /// <summary>When its progress named another store than the one before.</summary>
    public TimeSpan? StoreChangedAt { get; private set; }

    public void OnSubscribed(ResumeToken? resume)
    {
        IsConnected = true;
        ResumedAt = resume;
        Building = resume is null ? s_empty : AtProgress;
        _parts.Clear();
    }

    public void OnSnapshot(ImmutableArray<InstanceRecord> instances, bool isLast)
    {
        ResumedAt = null;
        _parts.AddRange(instances);
        if (isLast)
        {
            Building = s_empty.AddRange(_parts.Select(i => KeyValuePair.Create(i.Key.Id, i)));
            _parts.Clear();
        }
    }

    public void OnChange(CatalogEvent change) => Building = change switch
    {
        CatalogEvent.Upserted upserted => (Building ?? s_empty).SetItem(upserted.Instance.Key.Id, upserted.Instance),
        CatalogEvent.Removed removed => (Building ?? s_empty).Remove(removed.Instance.Id),
        _ => null,
    };

    public void OnProgress(ResumeToken token, TimeSpan at)
    {
        StoreChangedAt = Token is { } last && last.StoreId != token.StoreId ? at : StoreChangedAt;
        Token = token;
        ResumedAt = null;
        AtProgress = Building;
    }

    /// <summary>The ids of the instances that two states do not have alike.</summary>
    public static IReadOnlyList<string> Differences(
        ImmutableDictionary<string, InstanceRecord>? a, ImmutableDictionary<string, InstanceRecord>? b)
    {
        var (left, right) = (a ?? s_empty, b ?? s_empty);
        return [.. left.Keys.Union(right.Keys)
            .Where(id => !(left.TryGetValue(id, out var one) && right.TryGetValue(id, out var other) && HistoryText.LookAlike(one, other)))
            .Order(StringComparer.Ordinal)];
    }
}
