using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>An acknowledged write is in the store at the revision that was named; and a registry that starts again on a store
/// finds every commit of it.</summary>
internal sealed class AcknowledgedWritesKept() : HistoryRule(ContractRules.AcknowledgedWritesKept)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        switch (happened)
        {
            case HistoryEvent.Acknowledged acknowledged
                when ledger.FindOperation(acknowledged.Operation) is { } operation && ledger.FindStore(acknowledged.StoreId) is { } store:
                JudgeAcknowledgement(acknowledged, operation, store, broken);
                break;
            case HistoryEvent.RegistryStarted started:
                JudgeLoaded(started, ledger.Store!, broken);
                break;
        }
    }

    private static void JudgeAcknowledgement(
        HistoryEvent.Acknowledged acknowledged, HistoryEvent.Invoked operation, StoreLedger store, Action<string> broken)
    {
        if (acknowledged.Revision > store.Revision)
        {
            broken($"'{operation}' was acknowledged at revision {acknowledged.Revision}, but the store has only reached {store.Revision}");
            return;
        }

        var instance = store.Find(operation.Instance, acknowledged.Revision);
        var isThere = operation.Kind switch
        {
            OperationKind.Register => instance is not null && (operation.Lease == LeaseId.None || instance.Lease == operation.Lease),
            OperationKind.Deregister => instance?.Lease != operation.Lease,
            OperationKind.Remove => instance is null,
            _ => true,
        };
        if (!isThere)
        {
            broken($"'{operation}' was acknowledged at revision {acknowledged.Revision}, which does not show it: "
                + (instance is null ? "the instance is not listed there" : $"{HistoryText.Of(instance)} under {instance.Lease} is listed"));
        }
    }

    private static void JudgeLoaded(HistoryEvent.RegistryStarted started, StoreLedger store, Action<string> broken)
    {
        if (started.Loaded.Revision < store.Revision)
        {
            broken($"store {store.Id} came back at revision {started.Loaded.Revision}; it had reached {store.Revision}");
        }

        foreach (var service in store.Services.Order(ServiceKey.Order))
        {
            var loaded = started.Loaded.Services.TryGetValue(service, out var found)
                ? found.Instances.Values.ToImmutableDictionary(i => i.Key.Id, StringComparer.Ordinal)
                : null;
            var differing = WatchLedger.Differences(store.StateAt(service, store.Revision), loaded);
            if (differing.Count > 0)
            {
                broken($"store {store.Id} came back with another {service}: {string.Join(", ", differing)}");
            }
        }
    }
}
