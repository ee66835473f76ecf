using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>At no revision, in the store or at a watcher, does a service list an address twice.</summary>
internal sealed class NoAddressTwice() : HistoryRule(ContractRules.NoAddressTwice)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        switch (happened)
        {
            case HistoryEvent.Committed committed:
                var store = ledger.FindStore(committed.StoreId)!;
                foreach (var service in ledger.Transitions.Select(t => t.Key.Service).Distinct())
                {
                    Judge(store.StateAt(service, store.Revision), $"revision {store.Revision} of {service}", broken);
                }

                break;
            case HistoryEvent.ProgressDelivered progress:
                Judge(ledger.Watch(progress.Watcher, progress.Service).Building, $"{progress.Watcher} at {progress.Token.Revision}", broken);
                break;
        }
    }

    private static void Judge(ImmutableDictionary<string, InstanceRecord>? instances, string where, Action<string> broken)
    {
        foreach (var twice in (instances ?? ImmutableDictionary<string, InstanceRecord>.Empty).Values
            .GroupBy(i => i.AddressKey).Where(g => g.Count() > 1))
        {
            broken($"{where} lists {twice.Key.Address} as {string.Join(" and ", twice.Select(i => i.Key.Id).Order(StringComparer.Ordinal))}");
        }
    }
}
