using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Testing.Contract;

/// <summary>Writes what a history holds, in one way.</summary>
internal static class HistoryText
{
    public static string Of(RecordChange change) => change switch
    {
        RecordChange.InstancePut put => $"put {Of(put.Instance)} of {put.Instance.Key.Service} under {put.Instance.Lease}",
        RecordChange.InstanceRemoved removed => $"remove {removed.Id} at {removed.Address} ({removed.Removal.Reason})",
        RecordChange.LeasePut put => $"lease {put.Lease.Id} of {put.Lease.Ttl.TotalSeconds} s",
        RecordChange.LeaseRemoved removed => $"end lease {removed.Lease}",
        RecordChange.ServiceForgotten forgotten => $"forget {forgotten.Service}",
        RecordChange.HoldPut put => $"hold {put.Hold.Instance} {put.Hold.Intent}",
        RecordChange.HoldReleased released => $"let in {released.Instance}",
        _ => change.GetType().Name,
    };

    public static string Of(CatalogEvent change) => change switch
    {
        CatalogEvent.Upserted upserted => $"{Of(upserted.Instance)} of {change.Service}",
        CatalogEvent.Removed removed => $"the removal of {removed.Instance} ({removed.Removal.Reason}) at {change.Revision}",
        _ => $"that {change.Service} is unknown",
    };

    public static string Of(IEnumerable<InstanceRecord> instances) =>
        $"[{string.Join(", ", instances.Select(Of).Order(StringComparer.Ordinal))}]";

    public static string Of(InstanceRecord instance) =>
        $"{instance.Key.Id}@{instance.Address}{(instance.Intent == Intent.Serving ? "" : $" {instance.Intent}")} r{instance.Revision}";

    /// <summary>Whether a watcher has what the store has: all but lease, revision and registration time, which it is not shown or may
    /// have from an earlier commit that looked the same.</summary>
    public static bool LookAlike(InstanceRecord a, InstanceRecord b) =>
        (a with { Lease = default }).SameContentAs(b with { Lease = default });
}
