using Muster.Core;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>An instance is superseded by another lease only if its provider did not count as alive at some moment since the other had
/// asked, or did not answer a ping that was sent for it. A ping says nothing if the registry stood still meanwhile.</summary>
internal sealed class LivingKeepTheirAddress() : HistoryRule(ContractRules.LivingKeepTheirAddress)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        foreach (var (key, holder) in Superseded(ledger.Transitions))
        {
            // What holds an address by its check has no provider.
            var lease = ledger.Store!.Lease(holder.Lease);
            var provider = lease.Provider;
            if (holder.Check is not null || !provider.IsAlive(lease.Ttl, happened.At))
            {
                continue;
            }

            // Nobody to ask when it was asked for: then any time before will do.
            var asked = ledger.Open().Where(o => o.Kind == OperationKind.Register && o.Instance == key).Select(o => (TimeSpan?)o.At).Min() ?? TimeSpan.Zero;
            if (!(provider.NotAliveAt >= asked) && !provider.WasDeafSince(asked - Limits.PingPatience, happened.At))
            {
                broken(FormattableString.Invariant(
                    $"{holder.Key} lost {holder.Address} to {key} at {happened.At.TotalSeconds} s; its lease {lease.Id} was heard at {provider.HeardAt!.Value.TotalSeconds} s"));
            }
        }
    }

    /// <summary>Who took the place of whom: at its address, by a registration that removed it, or under its id.</summary>
    private static IEnumerable<(InstanceKey By, InstanceRecord Holder)> Superseded(IReadOnlyList<Transition> transitions)
    {
        var removed = transitions.Where(t => t.Removal?.Reason == RemovalReason.Superseded).ToList();
        foreach (var put in transitions.Where(t => t.After is not null))
        {
            foreach (var holder in removed.Where(r => r.Before!.AddressKey == put.After!.AddressKey || r.Key == put.Key).Select(r => r.Before!).Append(put.Before)
                .OfType<InstanceRecord>().Where(h => h.Lease != put.After!.Lease))
            {
                yield return (put.Key, holder);
            }
        }
    }
}
