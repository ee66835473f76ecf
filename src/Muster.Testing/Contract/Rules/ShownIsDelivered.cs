using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>A consumer shows what it was delivered; more only for <see cref="Limits.ForeignStoreGrace"/> after its registry came back
/// with another store.</summary>
internal sealed class ShownIsDelivered() : HistoryRule(ContractRules.ShownIsDelivered)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is not HistoryEvent.Shown shown)
        {
            return;
        }

        var watch = ledger.Watch(shown.Watcher, shown.Service);
        var mayCarry = shown.At <= watch.StoreChangedAt + Limits.ForeignStoreGrace;
        var byId = shown.Instances.ToDictionary(i => i.Key.Id, StringComparer.Ordinal);
        var delivered = watch.AtProgress ?? ImmutableDictionary<string, InstanceRecord>.Empty;
        foreach (var instance in delivered.Values.OrderBy(i => i.Key.Id, StringComparer.Ordinal))
        {
            if (!byId.TryGetValue(instance.Key.Id, out var found) || !HistoryText.LookAlike(found, instance))
            {
                broken($"{shown.Watcher} was delivered {HistoryText.Of(instance)} and does not show it");
            }
        }

        if (!mayCarry)
        {
            foreach (var id in byId.Keys.Where(id => !delivered.ContainsKey(id)).Order(StringComparer.Ordinal))
            {
                broken($"{shown.Watcher} shows {id} of {shown.Service}, which it was not delivered");
            }
        }
    }
}
